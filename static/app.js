/*
 * Progressive enhancement only. Every page works without this file. It holds no words: those
 * come from the page, in the reader's language. Loaded with <script src defer>: no inline code.
 */
"use strict";

document.documentElement.classList.add("js");

const $ = (selector, root = document) => root.querySelector(selector);

// on hears an event anywhere in the page whose target lies in an element that matches, so
// that what htmx swaps in needs no new listeners.
function on(type, selector, listener) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector);
    if (element) listener(event, element);
  });
}

// announce speaks through the page's one polite live region.
function announce(text) {
  const live = $("#live");
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50); // the same words twice are heard twice
}

/* --- Copy: the button names by id what it copies ------------------------------------------ */

async function copy(source) {
  const text = source.value ?? source.textContent;
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  // On plain http there is no clipboard API; copying the selection still works.
  select(source);
  if (!document.execCommand("copy")) throw new Error("copy refused");
  getSelection().removeAllRanges();
}

function select(source) {
  if (source.select) { source.focus(); source.select(); } else getSelection().selectAllChildren(source);
}

on("click", "[data-copy]", async (event, button) => {
  const source = document.getElementById(button.dataset.copy);
  const label = $("[data-label]", button);
  button.dataset.word ??= label.textContent;
  let word = button.dataset.done;
  try {
    await copy(source);
    button.dataset.copied = "";
    button.focus();
  } catch {
    select(source); // so that Ctrl+C does the rest
    word = button.dataset.failed;
  }
  label.textContent = word;
  announce(word);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = button.dataset.word;
    delete button.dataset.copied;
  }, 2000);
});

/* --- Menus are <details> -------------------------------------------------------------------
   Escape closes and returns to the summary; a click or focus elsewhere closes too. A mouse
   also opens [data-hover] by resting on it, and then a click pins it open. */

function openMenus() { return document.querySelectorAll("details.menu[open]"); }

function setMenu(menu, open, pinned) {
  menu.open = open;
  menu.pinned = open && pinned;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const inside = menu.contains(document.activeElement);
    setMenu(menu, false);
    if (inside) $("summary", menu).focus();
  }
});

for (const type of ["pointerdown", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) setMenu(menu, false);
    }
  });
}

on("click", "details.menu > summary", (event, summary) => {
  const menu = summary.parentElement;
  event.preventDefault();
  setMenu(menu, !(menu.open && menu.pinned), true);
});

const leaveDelay = 250; // ms; a hand that strays over the edge comes back in this time

function hoverable(event) {
  const menu = event.pointerType === "mouse" && event.target instanceof Element &&
    event.target.closest("details.menu[data-hover]");
  return menu || null;
}

document.addEventListener("pointerover", (event) => {
  const menu = hoverable(event);
  if (!menu) return;
  clearTimeout(menu.timer);
  if (!menu.open) setMenu(menu, true, false);
});
document.addEventListener("pointerout", (event) => {
  const menu = hoverable(event);
  if (!menu || menu.contains(event.relatedTarget)) return;
  menu.timer = setTimeout(() => {
    if (!menu.pinned && !menu.contains(document.activeElement)) setMenu(menu, false);
  }, leaveDelay);
});

/* --- Fields --------------------------------------------------------------------------------- */

on("click", "[data-reveal]", (event, button) => {
  const input = document.getElementById(button.dataset.reveal);
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", String(show));
});

// A search box over a list shows the entries that hold all of its words.
on("input", "[data-filter]", (event, input) => {
  const words = input.value.toLowerCase().split(/\s+/);
  for (const entry of document.getElementById(input.dataset.filter).children) {
    const text = entry.textContent.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
  }
});
on("keydown", "[data-filter]", (event) => { if (event.key === "Enter") event.preventDefault(); });

// What the server said of a value holds until the value changes.
on("input", "[aria-invalid]", (event, input) => input.removeAttribute("aria-invalid"));

// A password that is shown is hidden again before it leaves, so that no browser keeps it as text.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-reveal][aria-pressed=true]")) button.click();
}, true);

// Offer the zone that this browser lives in, where the field says something else.
function offerZone(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const offer of root.querySelectorAll("[data-browser-zone]")) {
    const input = document.getElementById(offer.dataset.browserZone);
    const button = $("button", offer);
    const words = $("[data-text]", offer);
    if (!zone || !input) continue;
    words.textContent = words.dataset.text.replace("{zone}", zone);
    const update = () => { offer.hidden = input.value === zone; };
    button.onclick = () => { input.value = zone; update(); input.focus(); };
    input.addEventListener("input", update);
    if (!input.value) input.value = zone;
    update();
  }
}

/* --- A page that is good for some time only (a new secret) makes way by itself --------------- */

const passing = $("[data-reload-after]");
if (passing) setTimeout(() => location.reload(), passing.dataset.reloadAfter * 1000);

/* --- Rows to act on: all of a page at once, and how many there are ------------------------------ */

const rowBoxes = (from) => from.closest(".card").querySelectorAll("tbody input[type=checkbox]");

function countRows(from) {
  const boxes = [...rowBoxes(from)];
  const ticked = boxes.filter((box) => box.checked).length;
  const all = $("[data-select-all]", from.closest(".card"));
  const words = $("[data-select-count]", from.closest(".card"));
  all.checked = ticked > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && !all.checked;
  words.dataset.none ??= words.textContent;
  words.textContent = ticked === 0 ? words.dataset.none
    : ticked === 1 ? words.dataset.one : words.dataset.other.replace("{n}", ticked);
}

on("change", "[data-select-all]", (event, all) => {
  for (const box of rowBoxes(all)) box.checked = all.checked;
  countRows(all);
});
on("change", ".bulk-card tbody input[type=checkbox]", (event, box) => countRows(box));

/* --- A key that leads to a field, unless the reader is writing ------------------------------- */

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  for (const field of document.querySelectorAll("[data-hotkey]")) {
    if (field.dataset.hotkey !== event.key) continue;
    event.preventDefault();
    field.focus();
    field.select();
  }
});

/* --- Each page, and each part that htmx swaps in ---------------------------------------------- */

function ready(root) {
  offerZone(root);
  const all = $("[data-select-all]", root);
  if (all) countRows(all); // Back keeps what was ticked
  $(".error-summary", root)?.focus();
}

// Navigation that scrolls by itself shows the page that is open.
function showPlace(nav) {
  const here = $("[aria-current]", nav);
  if (!here) return;
  if (here.offsetTop + here.offsetHeight > nav.clientHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;
  nav.scrollLeft = here.offsetLeft - nav.clientWidth / 2;
}

ready(document);
for (const nav of document.querySelectorAll(".tree, .sidenav")) showPlace(nav);
