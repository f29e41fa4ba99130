/*
 * What is on its way, by a plain form or by htmx: the wait, the cancel, the upload, the failure
 * and the arrival. Loaded after app.js, whose helpers it uses; the same rules hold.
 */
"use strict";

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
