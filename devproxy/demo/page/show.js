// How a case, its two sides and what came of them look. Everything reaches the page as text, never as HTML.

const SHOWN_ITEMS = 4; // of a list; the rest is counted
const SHOWN_CHARACTERS = 600; // of an answer that is not JSON

const find = (selector) => document.querySelector(selector);
const panelOf = (one, side) => find(`.side[data-case="${one.id}"][data-side="${side.id}"]`);

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const code = (text) => element("code", "", text);

function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// ---- what stands still ---------------------------------------------------------------------------------------------

export function buildCase(one, sides, preflighted) {
  const item = clone("case");
  const title = item.querySelector(".case-title");
  title.textContent = one.title;
  title.id = `${one.id}-title`;
  item.querySelector(".case-kind").append(...kindOf(one, preflighted));
  item.querySelector("summary").append(...sides.map((side) => buildOutcome(one, side)));
  item.querySelector(".sides").append(...sides.map((side) => buildSide(one, side)));
  const again = item.querySelector(".once");
  again.id = `${one.id}-again`;
  again.setAttribute("aria-labelledby", `${again.id} ${title.id}`);
  return item;
}

function kindOf(one, preflighted) {
  if (preflighted.length > 0) return ["Preflighted because of ", ...joined(preflighted.map(code))];
  return [one.kind ?? "Simple request, no preflight"];
}

function joined(parts) {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [index === parts.length - 1 ? " and " : ", ", part]));
}

function buildSide(one, side) {
  const panel = clone("side");
  panel.dataset.case = one.id;
  panel.dataset.side = side.id;
  panel.setAttribute("aria-label", `${one.title}: ${side.name}`);
  panel.querySelector(".side-name").textContent = side.name;
  panel.querySelector(".bar").setAttribute("aria-label", `Progress, ${side.name}`);
  showCall(panel.querySelector(".call code"), one.call, apiOf(one, side));
  return panel;
}

function buildOutcome(one, side) {
  const outcome = clone("outcome");
  outcome.dataset.case = one.id;
  outcome.dataset.side = side.id;
  outcome.querySelector(".hidden").textContent = `${side.name}: `;
  return outcome;
}

export function apiOf(one, side) {
  return one.scheme === "ws" ? side.origin.replace(/^http/, "ws") : side.origin;
}

function showCall(target, call, api) {
  for (const part of source(call).split(/(`\$\{api\}[^`]*`)/)) {
    const path = part.match(/^`\$\{api\}([^`]*)`$/);
    target.append(...(path ? ['"', element("mark", "", api), `${path[1]}"`] : [part]));
  }
}

// The source of a case's function, without its head and its indentation.
function source(call) {
  const body = String(call).replace(/^[^]*?=>\s*/, "");
  const lines = body.replace(/^\{\s*\n|\n\s*\}$/g, "").split("\n");
  const indent = lines.at(-1).search(/\S/); // an expression's first line starts behind the arrow, its last one does not
  return lines.map((line) => line.replace(new RegExp(`^ {0,${indent}}`), "")).join("\n");
}

// ---- what happens --------------------------------------------------------------------------------------------------

function mark(badge, outcome, text) {
  badge.closest("[data-outcome]").dataset.outcome = outcome;
  badge.querySelector("use").setAttribute("href", `#icon-${outcome}`);
  badge.lastElementChild.textContent = text;
}

function markBoth(one, side, outcome, text, time = "") {
  mark(panelOf(one, side).querySelector(".badge"), outcome, text + time);
  mark(find(`.outcome[data-case="${one.id}"][data-side="${side.id}"] .badge`), outcome, text);
}

function clear(one, side, outcome, text, sentence) {
  const panel = panelOf(one, side);
  delete panel.dataset.status;
  panel.querySelector(".bar").removeAttribute("value");
  panel.querySelector(".result").replaceChildren(element("p", "waiting", sentence));
  markBoth(one, side, outcome, text);
}

export const showWaiting = (one, side) => clear(one, side, "waiting", "Next", "Not asked yet");
export const showRunning = (one, side) => clear(one, side, "running", "Asking", "Waiting for the answer");

export const barOf = (one, side) => panelOf(one, side).querySelector(".bar");

export function showLines(one, side, lines) {
  panelOf(one, side).querySelector(".result").replaceChildren(...labelled("The script gets", lines.join("\n"), "answer"));
}

export function showResult(one, side, result) {
  const { outcome, answer, milliseconds } = result;
  if (answer?.status) panelOf(one, side).dataset.status = answer.status;
  markBoth(one, side, outcome, badgeText(one, result), outcome === "ok" ? ` · ${milliseconds} ms` : "");
  panelOf(one, side).querySelector(".result").replaceChildren(...resultParts(one, side, result));
}

function badgeText(one, { outcome, answer }) {
  if (answer?.status) return `${answer.status} ${answer.statusText}`.trim();
  return { ok: one.done, blocked: one.refused ?? "Blocked", failed: "No answer" }[outcome];
}

function resultParts(one, side, { outcome, answer, lines, said, why }) {
  const text = [...lines, ...(answer?.text ? [readable(answer.text)] : [])].join("\n") || "(no content)";
  const script = labelled("The script gets", text, outcome === "ok" ? "answer" : "error");
  const spoken = said.length > 0 ? labelled("Your console says (F12), in Chrome’s words", said.join("\n"), "console") : [];
  return [...script, ...spoken, element("p", "note", why)];
}

function labelled(label, text, className) {
  return [element("p", "label", label), element("pre", className, code(text))];
}

function readable(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text;
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

// The count of a side in the map: those that ended well, of those that ended.
export function showScore(side) {
  const outcomes = [...document.querySelectorAll(`.side[data-side="${side.id}"]`)].map((panel) => panel.dataset.outcome);
  const ended = outcomes.filter((outcome) => outcome !== "waiting" && outcome !== "running");
  const ok = ended.filter((outcome) => outcome === "ok").length;
  const worst = ["failed", "blocked", "ok", "running"].find((outcome) => [...ended, "running"].includes(outcome));
  mark(find(`[data-lane="${side.id}"] .badge`), worst, ended.length > 0 ? `${ok} of ${ended.length} succeeded` : "asking");
  return { ok, ended: ended.length };
}

export function say(text) {
  document.getElementById("verdict").textContent = text;
}
