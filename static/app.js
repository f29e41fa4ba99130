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

/* --- Waiting: a bar after 150 ms, and one press is enough ------------------------------------ */

const slow = 150; // ms; what is faster than this needs no bar
let barTimer;

function busy(form, yes) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (yes) button.dataset.busy = ""; else delete button.dataset.busy;
  }
}

function startWaiting() {
  clearTimeout(barTimer);
  barTimer = setTimeout(() => $("#loading").classList.add("is-on"), slow);
}

function stopWaiting() {
  clearTimeout(barTimer);
  $("#loading").classList.remove("is-on");
  busy(document, false);
}

// Forms that htmx sends have prevented the default by now; theirs are the events below.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if ("download" in form.dataset) return; // a download leaves the page as it is
  if ("sent" in form.dataset) { event.preventDefault(); return; }
  form.dataset.sent = "";
  busy(form, true);
  startWaiting();
  setTimeout(() => { delete form.dataset.sent; }, 5000); // the reader may have pressed Stop
});

// A page that Back brings out of the browser's cache has nothing on its way.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  stopWaiting();
});

/* --- The console: Ctrl+Enter sends ------------------------------------------------------------- */

on("keydown", "#console form", (event, form) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// Cancel stops what is on its way. The element that it names, if it names one, says so.
on("click", "[data-cancel]", (event, button) => {
  htmx.trigger(button.form, "htmx:abort");
  const place = document.getElementById(button.dataset.cancel);
  if (!place) return;
  place.replaceChildren($("h2", place), $("#console-cancelled").content.cloneNode(true));
  place.hidden = false;
  arrive(place);
});

/* --- htmx ------------------------------------------------------------------------------------ */

const quiet = (event) => event.detail.elt.closest?.("[data-quiet]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (quiet(event)) return;
  removeFailure();
  if (event.detail.elt.matches("form")) busy(event.detail.elt, true);
  startWaiting();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (quiet(event)) return;
  stopWaiting();
});

// An upload shows how much of it is on its way, and then that the server reads it.
function uploadPanel(form) { return form.dataset.upload && document.getElementById(form.dataset.upload); }

document.addEventListener("htmx:xhr:progress", (event) => {
  const { loaded, total, lengthComputable } = event.detail;
  const panel = uploadPanel(event.target);
  if (!panel || !lengthComputable || panel.dataset.state === "reading") return;
  const state = loaded < total ? "uploading" : "reading";
  const bar = $("progress", panel);
  if (state === "reading") bar.removeAttribute("value"); else bar.value = loaded / total;
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  $("[data-percent]", panel).textContent = state === "reading" ? "" : percent.format(loaded / total);
  if (panel.dataset.state === state) return;
  panel.dataset.state = state;
  panel.hidden = false;
  announce($("[data-phase]", panel).textContent = panel.dataset[state]);
});

for (const type of ["htmx:sendAbort", "htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, (event) => {
    const panel = uploadPanel(event.target);
    if (!panel) return;
    panel.hidden = true;
    delete panel.dataset.state;
  });
}

// A request that got no answer, or an answer that is no page, leaves the page as it stands,
// with what was typed, and says so on top of it.
const failureId = "request-failure";

function removeFailure() { document.getElementById(failureId)?.remove(); }

for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, (event) => {
    if (quiet(event)) return;
    removeFailure();
    const signedOut = event.detail.xhr?.status === 401;
    const notice = $(signedOut ? "#signed-out" : "#request-failed").content.firstElementChild.cloneNode(true);
    notice.id = failureId;
    notice.tabIndex = -1;
    $("#main").prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  });
}

// What was swapped in is treated as a new page is: the summary of a refused form takes focus.
// Where focus was lost with what is gone, a whole new main takes it, or a folder that opened.
document.addEventListener("htmx:afterSettle", (event) => {
  if (quiet(event)) return;
  const part = event.target;
  ready(part);
  arrive(part);
  if (document.activeElement !== document.body) return;
  if (part.id === "main") part.focus({ preventScroll: true });
  else if (part.matches(".folders > li")) $("summary", part).focus();
});

// What the reader waits for comes into view and takes focus; what it says first is spoken.
function arrive(part) {
  const arrived = part.matches("[data-arrives]") ? part : $("[data-arrives]", part);
  if (!arrived) return;
  arrived.focus({ preventScroll: true });
  arrived.scrollIntoView({ block: "start" });
  const line = $("[role=status]", arrived);
  if (line) announce(line.innerText);
}
document.addEventListener("htmx:historyRestore", () => ready(document));

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
