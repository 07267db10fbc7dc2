// Pages work without this. With it, forms stay on their page, lists stay fresh, and secrets can be shown.

const REGION = "[data-region]";

function tellUnanswered(yes) {
  const notice = document.querySelector("[data-unanswered]");
  if (notice) notice.hidden = !yes;
}

// The page that the server answers with; null if it answers with something else.
async function pageOf(answer) {
  const media = answer.headers.get("content-type") || "";
  if (!media.startsWith("text/html")) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function show(region, before) {
  before.replaceWith(region);
  enhance(region);
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const button = event.submitter || form.querySelector("[type=submit]");
  // A second click must not send the code twice: it would be refused as used.
  if (button.getAttribute("aria-disabled") === "true") return;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  button.setAttribute("aria-disabled", "true");
  let page = null;
  try {
    const answer = await fetch(event.submitter?.formAction || form.action, { method: "POST", body });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    page = await pageOf(answer);
  } catch {
    page = null;
  }
  button.removeAttribute("aria-disabled");
  tellUnanswered(!page);
  if (!page) return;
  // A page without a region says that something else is the matter: it is shown as a whole.
  const selector = page.querySelector(REGION) ? REGION : "main";
  const region = page.querySelector(selector);
  show(region, document.querySelector(selector));
  const next = region.querySelector("[data-focus]");
  const field = region.querySelector("[autofocus]");
  if (next) next.scrollIntoView({ block: "nearest" });
  (next && next.classList.contains("question") && field ? field : next || field || region)?.focus();
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
  const words = button.querySelector("span") || button;
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = words.textContent;
  words.textContent = button.dataset.done;
  setTimeout(() => { words.textContent = before; }, 1500);
}

// Codes are read in groups of three; they are sent without the blank.
function group(event) {
  const field = event.currentTarget;
  const plain = (text) => text.replace(/\s/g, "");
  const digits = plain(field.value);
  const size = Number(field.dataset.digits) % 4 === 0 ? 4 : 3;
  if (!/^\d+$/.test(digits)) return;
  const left = plain(field.value.slice(0, field.selectionStart)).length;
  field.value = digits.replace(new RegExp(`(\\d{${size}})(?=\\d)`, "g"), "$1 ");
  const place = left + Math.floor(Math.max(0, left - 1) / size);
  field.setSelectionRange(place, place);
}

function ungroup(event) {
  for (const field of event.target.querySelectorAll("[data-digits]")) {
    event.formData.set(field.name, field.value.replace(/\s/g, ""));
  }
}

async function choose(event) {
  event.preventDefault();
  const link = event.currentTarget;
  const theme = link.dataset.themeChoice;
  document.documentElement.dataset.theme = theme;
  for (const other of document.querySelectorAll("[data-theme-choice]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  // The server keeps the choice; nothing that was typed is lost.
  await fetch(link.href).catch(() => null);
}

async function refresh() {
  if (document.hidden) return;
  let region = null;
  try {
    const answer = await fetch(location.href);
    region = answer.ok ? (await pageOf(answer))?.querySelector(REGION) : null;
  } catch {
    region = null;
  }
  tellUnanswered(!region);
  if (!region || region.innerHTML === served) return;
  served = region.innerHTML;
  show(region, document.querySelector(REGION));
}

function enhance(part) {
  for (const form of part.querySelectorAll("form[data-stay]")) form.addEventListener("submit", submit);
  for (const field of part.querySelectorAll("[data-digits]")) {
    field.addEventListener("input", group);
    field.form?.addEventListener("formdata", ungroup);
  }
  for (const button of part.querySelectorAll("[data-reveal]")) {
    button.hidden = false;
    button.addEventListener("click", reveal);
  }
  for (const button of navigator.clipboard ? part.querySelectorAll("[data-copy]") : []) {
    button.hidden = false;
    button.addEventListener("click", copy);
  }
  for (const button of part.querySelectorAll("[data-close]")) {
    button.hidden = false;
    button.addEventListener("click", () => button.parentElement.remove());
  }
  for (const time of part.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang);
  }
}

let served = document.querySelector(REGION)?.innerHTML;
enhance(document);
for (const link of document.querySelectorAll("[data-theme-choice]")) link.addEventListener("click", choose);
for (const live of document.querySelectorAll("[data-live]")) {
  live.hidden = false;
  setInterval(refresh, Number(live.dataset.live));
}
