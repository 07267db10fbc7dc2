// What single elements can do more with scripts than without.

const language = document.documentElement.lang;
const TIMES = {
  time: { timeStyle: "medium" },
  date: { dateStyle: "medium" },
  both: { dateStyle: "medium", timeStyle: "short" },
};

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

async function copy(button) {
  const words = button.querySelector("span");
  const before = words.textContent;
  await navigator.clipboard.writeText(button.dataset.copy);
  words.textContent = button.dataset.done;
  setTimeout(() => { words.textContent = before; }, 1500);
}

// Codes are read in groups; they are sent without the blanks.
const plain = (text) => text.replace(/\s/g, "");
function group(field) {
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
    event.formData.set(field.name, plain(field.value));
  }
}

function open(event, link) {
  const dialog = document.getElementById(link.dataset.opens);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
  dialog.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

// Whoever removes something by typing its name cannot press the button before.
function guard(form) {
  const field = form.querySelector("[name=confirm]");
  const button = form.querySelector("[type=submit]");
  const look = () => { button.disabled = field.value.trim() !== form.dataset.confirm; };
  field.addEventListener("input", look);
  look();
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
function count(seconds, tell, end) {
  const over = performance.now() + seconds * 1000;
  const look = () => {
    const left = Math.max(0, Math.ceil((over - performance.now()) / 1000));
    tell(clock(left));
    if (left === 0) {
      clearInterval(beat);
      end();
    }
  };
  const beat = setInterval(look, 1000);
  look();
}

function hold(button) {
  const left = button.querySelector("[data-left]");
  button.disabled = true;
  left.hidden = false;
  count(Number(button.dataset.after), (text) => { left.textContent = text; }, () => {
    button.disabled = false;
    left.hidden = true;
  });
}

function pickAll(all) {
  const boxes = () => all.closest("table").querySelectorAll("tbody .pick input");
  all.hidden = false;
  all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
}

async function choose(event) {
  event.preventDefault();
  const link = event.currentTarget;
  document.documentElement.dataset.theme = link.dataset.themeChoice;
  for (const other of document.querySelectorAll("[data-theme-choice]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  // The server keeps the choice; nothing that was typed is lost.
  await fetch(link.href).catch(() => null);
}

function enhance(part) {
  const each = (selector, what) => { for (const one of part.querySelectorAll(selector)) what(one); };
  const offer = (selector, what) => each(selector, (button) => {
    button.hidden = false;
    button.addEventListener("click", () => what(button));
  });
  offer("[data-reveal]", reveal);
  if (navigator.clipboard) offer("[data-copy]", copy);
  offer("[data-close]", (button) => button.parentElement.remove());
  offer("[data-print]", () => print());
  each("[data-digits]", (field) => {
    field.addEventListener("input", () => group(field));
    field.form?.addEventListener("formdata", ungroup);
  });
  each("[data-opens]", (link) => link.addEventListener("click", (event) => open(event, link)));
  each("form[data-confirm]", guard);
  each("[data-countdown]", (clock) => count(Number(clock.dataset.countdown),
    (text) => { clock.textContent = text; }, () => { clock.textContent = clock.dataset.over; }));
  each("[data-after]", hold);
  each("[data-all]", pickAll);
  each("time[datetime]", (time) => {
    time.title = time.dateTime;
    time.textContent = new Date(time.dateTime).toLocaleString(language, TIMES[time.dataset.show || "both"]);
  });
}

enhance(document);
document.addEventListener("shown", (event) => enhance(event.detail));
for (const link of document.querySelectorAll("[data-theme-choice]")) link.addEventListener("click", choose);
