// The page around the frame of a token class of LinOTP's form. The frame says what it wants; this page asks the server,
// as the person who is logged in, for that one thing and no other.

const frame = document.querySelector("iframe[data-class]");
const { block, token, type } = frame.dataset;
const config = JSON.parse(frame.dataset.settings ?? "{}");
const button = document.querySelector("[data-go]");
const said = document.querySelector("[data-outcome]");
const shown = document.querySelector("[data-shown]");
const words = said.dataset;
let awaited = false;

const ask = (what) => frame.contentWindow.postMessage(what, "*");
const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? "";

function say(text, kind) {
  said.className = `flash ${kind}`;
  said.textContent = text;
  said.hidden = false;
}

function show(entries) {
  shown.replaceChildren(
    ...entries.flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const told = document.createElement("dd");
      term.textContent = name;
      told.textContent = value;
      return [term, told];
    }),
  );
  shown.hidden = entries.length === 0;
}

async function call(path, fields) {
  const answer = await fetch(path, {
    method: fields ? "POST" : "GET",
    headers: { accept: "application/json", "x-csrf-token": cookie("csrf_access_token") },
    body: fields ? new URLSearchParams(fields) : undefined,
  });
  return answer.json();
}

// An answer of LinOTP's dialect: its value and detail, or an error with the server's words.
async function dialect(path, fields) {
  const { result, detail } = await call(path, fields);
  if (!result?.status) throw new Error(result?.error?.message ?? words.failed);
  return { value: result.value, detail: detail ?? {} };
}

const texts = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

async function load(wanted) {
  const { value } = await dialect("/system/getConfig");
  const values = {};
  for (const [key, id] of Object.entries(wanted)) {
    if (value[key] !== undefined && value[key] !== null) values[id] = String(value[key]);
  }
  ask({ ask: "values", values });
}

async function save(fields) {
  await dialect("/system/setConfig", texts(fields));
  say(words.saved, "yes");
}

async function enrol(fields) {
  if (block === "selfservice") {
    const answer = await call(location.pathname, { ...texts(fields), form: token, type });
    if (answer.trouble) throw new Error(answer.trouble);
    show([[words.serial, answer.serial], ...answer.shown]);
    ask({ ask: "done", detail: answer });
  } else {
    const { detail } = await dialect("/admin/init", { ...texts(fields), type });
    const told = Object.entries(detail).filter(([name, one]) => name !== "serial" && one?.value);
    show([[words.serial, detail.serial], ...told.map(([name, one]) => [one.description ?? name, one.value])]);
    ask({ ask: "done", detail });
  }
  say(words.saved, "yes");
}

const answers = {
  height: (height) => {
    frame.height = Math.min(Math.max(Number(height) || 0, 80), 3000);
  },
  ready: () => {
    if (block === "settings") ask({ ask: "settings" });
    else ask({ ask: "defaults", config, options: { otp_pin_random: 0 } });
  },
  wanted: (wanted) => load(wanted),
  save: (fields) => awaited && save(fields),
  enrol: (fields) => awaited && enrol(fields),
  told: (text) => say(text, "warn"),
  failed: (text) => say(text, "no"),
};

addEventListener("message", async (event) => {
  if (event.source !== frame.contentWindow) return;
  for (const [name, what] of Object.entries(event.data)) {
    try {
      await answers[name]?.(what);
    } catch (error) {
      say(error.message, "no");
    }
    if (name === "save" || name === "enrol" || name === "submitted") awaited = false;
  }
});

button.addEventListener("click", () => {
  awaited = true;
  show([]);
  said.hidden = true;
  const owner = Object.fromEntries(
    [...document.querySelectorAll("[data-owner]")].filter((one) => one.value).map((one) => [one.name, one.value]),
  );
  ask({ settings: { ask: "save" }, enrol: { ask: "enrol", owner }, selfservice: { ask: "submit" } }[block]);
});
