// Sends each case to both sides and shows what came of it. What is shown is decided by the result alone:
// a side that answers is green and a side that does not is red, whichever column it stands in.

const { backend, proxy } = document.documentElement.dataset;
const PATIENCE = 10_000; // milliseconds until a silent server counts as failed
const SHOWN_ITEMS = 4; // of a list; the rest is counted
const SHOWN_CHARACTERS = 600; // of an answer that is not JSON

const SIDES = [
  { id: "direct", name: "Straight to the backend", origin: backend, server: "the backend" },
  { id: "devproxy", name: "Through devproxy", origin: proxy, server: "devproxy" },
];

// A case is a function; its source is the code that the page shows. `fetch` is the browser's, with a note taken of each request.
const CASES = [
  {
    id: "get",
    title: "Read a list",
    call: (api, fetch) => fetch(`${api}/api/users`),
  },
  {
    id: "post",
    title: "Create with JSON",
    call: (api, fetch) => fetch(`${api}/api/users`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "Barbara Liskov" }),
    }),
  },
  {
    id: "put",
    title: "Replace, with a header of your own",
    call: (api, fetch) => fetch(`${api}/api/users/2`, {
      method: "PUT",
      headers: {
        "Content-Type": "application/json",
        "X-Request-ID": "demo-1",
      },
      body: JSON.stringify({ name: "Grace Hopper", role: "admin" }),
    }),
  },
  {
    id: "authorization",
    title: "Send a token",
    call: (api, fetch) => fetch(`${api}/api/me`, {
      headers: { Authorization: "Bearer demo-token" },
    }),
  },
  {
    id: "session",
    title: "Log in, then use the cookie",
    call: async (api, fetch) => {
      await fetch(`${api}/api/login`, {
        method: "POST",
        credentials: "include",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: "Ada Lovelace" }),
      });
      return fetch(`${api}/api/session`, {
        credentials: "include",
      });
    },
  },
];

// ---- asking ------------------------------------------------------------------------------------------------------

async function ask(call, side) {
  const asked = [];
  const recorded = (url, init) => {
    asked.push(new Request(url, init));
    return fetch(url, { ...init, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  };
  const begun = performance.now();
  try {
    const response = await call(side.origin, recorded);
    const text = await response.text();
    const milliseconds = Math.round(performance.now() - begun);
    return { outcome: response.ok ? "ok" : "failed", response, text, milliseconds };
  } catch (error) {
    const reachable = await answersAtAll(side.origin);
    return { outcome: reachable ? "blocked" : "failed", error, request: asked.at(-1) };
  }
}

// "Failed to fetch" hides whether the answer was withheld or never came. A no-cors request tells the two apart:
// it succeeds, unreadably, wherever a server answers.
async function answersAtAll(origin) {
  try {
    await fetch(`${origin}/health`, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return true;
  } catch {
    return false;
  }
}

// ---- knowing what the browser does (Fetch standard, "CORS-preflight") ------------------------------------------------

const SAFE_METHODS = ["GET", "HEAD", "POST"];
const SAFE_HEADERS = ["accept", "accept-language", "content-language"];
const SAFE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

function preflightReasons(request) {
  const method = SAFE_METHODS.includes(request.method) ? [] : [request.method];
  const headers = [...request.headers].filter(([name, value]) => !isSafelisted(name, value)).map(([name]) => name);
  return [...method, ...headers];
}

function isSafelisted(name, value) {
  if (name === "content-type") return SAFE_TYPES.includes(value.split(";")[0].trim().toLowerCase());
  return SAFE_HEADERS.includes(name);
}

function consoleText(request) {
  const preflight = preflightReasons(request).length > 0;
  return `Access to fetch at '${request.url}' from origin '${location.origin}' has been blocked by CORS policy: `
    + (preflight ? "Response to preflight request doesn't pass access control check: " : "")
    + "No 'Access-Control-Allow-Origin' header is present on the requested resource.";
}

function whatHappened(request) {
  return preflightReasons(request).length > 0
    ? `The browser asked first, with OPTIONS. The answer did not allow it, so the ${request.method} was never sent.`
    : "The backend got this request and answered it. The browser kept the answer from the page.";
}

// Without asking anyone: run the case against a fetch that only takes notes.
async function requestsOf(call) {
  const asked = [];
  await call(backend, async (url, init) => {
    asked.push(new Request(url, init));
    return new Response("{}");
  });
  return asked;
}

function kindOf(requests) {
  const reasons = [...new Set(requests.flatMap(preflightReasons))];
  if (reasons.length > 0) return ["Preflighted because of ", ...joined(reasons.map(code))];
  return ["Simple request, no preflight"];
}

// ---- showing -----------------------------------------------------------------------------------------------------

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const code = (text) => element("code", "", text);

function joined(parts) {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [index === parts.length - 1 ? " and " : ", ", part]));
}

function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// The source of a case's function, with the side's origin in place of `api`.
function source(call) {
  const body = String(call).replace(/^[^]*?=>\s*/, "");
  const lines = body.replace(/^\{\s*\n|\n\s*\}$/g, "").split("\n");
  const indent = lines.at(-1).search(/\S/); // an expression's first line starts behind the arrow, its last one does not
  return lines.map((line) => line.replace(new RegExp(`^ {0,${indent}}`), "")).join("\n");
}

function showCall(target, call, origin) {
  for (const part of source(call).split(/(`\$\{api\}[^`]*`)/)) {
    const path = part.match(/^`\$\{api\}([^`]*)`$/);
    target.append(...(path ? ['"', element("mark", "", origin), `${path[1]}"`] : [part]));
  }
}

async function buildCase(one) {
  const item = clone("case");
  item.querySelector(".case-title").textContent = one.title;
  item.querySelector(".case-kind").append(...kindOf(await requestsOf(one.call)));
  item.querySelector(".sides").append(...SIDES.map((side) => buildSide(one, side)));
  return item;
}

function buildSide(one, side) {
  const panel = clone("side");
  panel.dataset.case = one.id;
  panel.dataset.side = side.id;
  panel.setAttribute("aria-label", `${one.title}: ${side.name}`);
  panel.querySelector(".side-name").textContent = side.name;
  showCall(panel.querySelector(".call code"), one.call, side.origin);
  return panel;
}

function mark(target, outcome, text) {
  target.closest("[data-outcome]").dataset.outcome = outcome;
  target.querySelector("use").setAttribute("href", `#icon-${outcome}`);
  target.lastElementChild.textContent = text;
}

function showRunning(panel) {
  delete panel.dataset.status;
  mark(panel.querySelector(".badge"), "running", "asking");
  panel.querySelector(".result").replaceChildren(element("p", "waiting", "Waiting for the answer"));
}

function showResult(panel, side, result) {
  mark(panel.querySelector(".badge"), result.outcome, badgeText(result));
  if (result.response) panel.dataset.status = result.response.status;
  panel.querySelector(".result").replaceChildren(...resultParts(side, result));
}

function badgeText({ outcome, response, milliseconds }) {
  if (response) return `${`${response.status} ${response.statusText}`.trim()} · ${milliseconds} ms`;
  return outcome === "blocked" ? "Blocked" : "No answer";
}

function resultParts(side, result) {
  if (result.response) return [...labelled("The script gets", readable(result.text), "answer")];
  const script = labelled("The script gets", `${result.error.name}: ${result.error.message}`, "error");
  if (result.outcome === "failed") return [...script, element("p", "note", unreachable(side))];
  if (side.id === "direct") {
    return [
      ...script,
      ...labelled("Your console says (F12), in Chrome’s words", consoleText(result.request), "console"),
      element("p", "note", whatHappened(result.request)),
    ];
  }
  return [...script, element("p", "note", "The server answers, but the browser kept the answer. Your console (F12) says why.")];
}

function unreachable(side) {
  const start = side.id === "devproxy" ? " Start it with: devproxy demo" : "";
  return `This is no CORS block: ${side.server} does not answer at ${side.origin}.${start}`;
}

function labelled(label, text, className) {
  return [element("p", "label", label), element("pre", className, code(text))];
}

function readable(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text || "(empty)";
  }
}

function pretty(value) {
  if (!Array.isArray(value)) return inline(value);
  const shown = value.slice(0, SHOWN_ITEMS).map((item) => `  ${inline(item)},`);
  const more = value.length - shown.length;
  return ["[", ...shown, ...(more > 0 ? [`  … and ${more} more`] : []), "]"].join("\n");
}

function inline(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${JSON.stringify(field)}`);
  return `{ ${fields.join(", ")} }`;
}

// ---- summing up ------------------------------------------------------------------------------------------------------

function summarize(side) {
  const outcomes = [...document.querySelectorAll(`.side[data-side="${side.id}"]`)].map((panel) => panel.dataset.outcome);
  const ok = outcomes.filter((outcome) => outcome === "ok").length;
  const worst = ["failed", "blocked", "ok"].find((outcome) => outcomes.includes(outcome));
  mark(document.querySelector(`[data-lane="${side.id}"] .badge`), worst, `${ok} of ${outcomes.length} succeeded`);
  return ok;
}

function showVerdict() {
  const [direct, devproxy] = SIDES.map(summarize);
  document.documentElement.dataset.verdict = devproxy === CASES.length ? "ok" : "failed";
  document.getElementById("verdict").textContent =
    `Straight to the backend, ${direct} of ${CASES.length} requests succeeded; through devproxy, ${devproxy} of ${CASES.length}.`;
}

function showAsking() {
  document.querySelectorAll(".side").forEach(showRunning);
  document.querySelectorAll(".lane .badge").forEach((badge) => mark(badge, "running", "asking"));
  document.getElementById("verdict").textContent = "Asking both …";
}

// ---- the page's day --------------------------------------------------------------------------------------------------

async function run() {
  const again = document.getElementById("again");
  // aria-disabled, because a disabled button would lose the keyboard's focus
  if (again.getAttribute("aria-disabled") === "true") return;
  again.setAttribute("aria-disabled", "true");
  document.documentElement.dataset.state = "running";
  delete document.documentElement.dataset.verdict;
  showAsking();
  for (const one of CASES) {
    for (const side of SIDES) {
      const panel = document.querySelector(`[data-case="${one.id}"][data-side="${side.id}"]`);
      showResult(panel, side, await ask(one.call, side));
    }
  }
  showVerdict();
  again.removeAttribute("aria-disabled");
  document.documentElement.dataset.state = "done";
}

async function copy(button) {
  const text = button.parentElement.querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it by hand";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function showOrigins() {
  const origins = { page: location.origin, direct: backend, devproxy: proxy };
  for (const target of document.querySelectorAll("[data-origin]")) target.textContent = origins[target.dataset.origin];
}

showOrigins();
document.getElementById("cases").append(...await Promise.all(CASES.map(buildCase)));
document.getElementById("again").addEventListener("click", run);
document.querySelectorAll(".copy").forEach((button) => button.addEventListener("click", () => copy(button)));
await run();
