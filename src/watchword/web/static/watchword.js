// Pages work without this. With it, forms stay on their page, lists stay fresh, and secrets can be shown.
"use strict";

const REGION = "[data-region]";

function tellUnanswered(yes) {
  const notice = document.querySelector("[data-unanswered]");
  if (notice) notice.hidden = !yes;
}

// The region of the page that the server answers with; null if it answers with something else.
async function regionOf(answer) {
  const media = answer.headers.get("content-type") || "";
  if (!answer.ok || !media.startsWith("text/html")) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(REGION);
}

function show(region) {
  document.querySelector(REGION).replaceWith(region);
  enhance(region);
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("[type=submit]");
  // A second click must not send the code twice: it would be refused as used.
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  let region = null;
  try {
    const body = new URLSearchParams(new FormData(form));
    region = await regionOf(await fetch(form.action, { method: "POST", body, redirect: "error" }));
  } catch {
    region = null;
  }
  button.removeAttribute("aria-disabled");
  tellUnanswered(!region);
  if (!region) return;
  show(region);
  const next = region.querySelector("[data-focus]");
  const field = region.querySelector("[autofocus]");
  if (next) next.scrollIntoView({ block: "nearest" });
  (next && next.classList.contains("question") && field ? field : next || field)?.focus();
}

function reveal(event) {
  const button = event.currentTarget;
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

async function copy(event) {
  const button = event.currentTarget;
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 1500);
}

async function refresh() {
  if (document.hidden) return;
  let region = null;
  try {
    region = await regionOf(await fetch(location.pathname));
  } catch {
    region = null;
  }
  tellUnanswered(!region);
  if (!region || region.innerHTML === served) return;
  served = region.innerHTML;
  show(region);
}

function enhance(part) {
  for (const form of part.querySelectorAll("form[data-stay]")) form.addEventListener("submit", submit);
  for (const button of part.querySelectorAll("[data-reveal]")) {
    button.hidden = false;
    button.addEventListener("click", reveal);
  }
  for (const button of navigator.clipboard ? part.querySelectorAll("[data-copy]") : []) {
    button.hidden = false;
    button.addEventListener("click", copy);
  }
  for (const time of part.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang);
  }
}

let served = document.querySelector(REGION)?.innerHTML;
enhance(document);
for (const live of document.querySelectorAll("[data-live]")) {
  live.hidden = false;
  setInterval(refresh, Number(live.dataset.live));
}
