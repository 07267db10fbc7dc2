// Pages work without this. With it, forms, searches and lists change a part of their page only, and keep fresh.
// Whatever is shown anew is told to controls.js by the event "shown".

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

// A page without a region says that something else is the matter: it is shown as a whole.
function show(page) {
  const selector = page.querySelector(REGION) && document.querySelector(REGION) ? REGION : "main";
  const region = page.querySelector(selector);
  document.querySelector(selector).replaceWith(region);
  document.dispatchEvent(new CustomEvent("shown", { detail: region }));
  enhance(region);
  return region;
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
    const action = event.submitter?.getAttribute("formaction") || form.action;
    const answer = await fetch(action, { method: "POST", body });
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
  const region = show(page);
  const next = region.querySelector("[data-focus]");
  const field = region.querySelector("[autofocus]");
  if (next) next.scrollIntoView({ block: "nearest" });
  (next && next.classList.contains("question") && field ? field : next || field || region).focus();
}

// A list in another order, another page of it, or what is searched for.
async function swap(address, replacing) {
  const asked = ++swap.last;
  const page = await fetch(address).then(pageOf).catch(() => null);
  if (asked !== swap.last) return;
  if (!page) {
    location.assign(address);
    return;
  }
  const chosen = document.activeElement?.closest(`${REGION} a`)?.getAttribute("href");
  const place = chosen ? [...document.querySelectorAll(`${REGION} a`)].indexOf(document.activeElement) : -1;
  const region = show(page);
  if (place >= 0) region.querySelectorAll("a")[place]?.focus();
  if (replacing) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}
swap.last = 0;

function follow(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  swap(event.currentTarget.href, false);
}

let typing = 0;
function search(event) {
  clearTimeout(typing);
  const field = event.target;
  typing = setTimeout(() => {
    const address = new URL(field.form.action);
    for (const [name, value] of new FormData(field.form)) if (value) address.searchParams.set(name, value);
    swap(address.href, true);
  }, 250);
}

async function refresh() {
  if (document.hidden) return;
  let page = null;
  try {
    const answer = await fetch(location.href);
    page = answer.ok ? await pageOf(answer) : null;
  } catch {
    page = null;
  }
  const region = page?.querySelector(REGION);
  tellUnanswered(!region);
  if (!region || region.innerHTML === served) return;
  served = region.innerHTML;
  show(page);
}

function enhance(part) {
  for (const form of part.querySelectorAll("form[data-stay]")) form.addEventListener("submit", submit);
  for (const link of part.querySelectorAll("a[data-swap]")) link.addEventListener("click", follow);
  for (const field of part.querySelectorAll("[data-search]")) field.form.addEventListener("input", search);
}

let served = document.querySelector(REGION)?.innerHTML;
enhance(document);
if (document.querySelector("[data-swap], [data-search]")) addEventListener("popstate", () => location.reload());
for (const live of document.querySelectorAll("[data-live]")) {
  live.hidden = false;
  setInterval(refresh, Number(live.dataset.live));
}
