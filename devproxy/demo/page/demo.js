// Asks each case of both sides at once and shows what came of it. What is shown is decided by the result alone:
// a side that answers is green and a side that does not is red, whichever column it stands in.

import { CASES } from "./cases.js";
import { blockedText, preflightReasons, whatHappened } from "./fetch-standard.js";
import {
  apiOf, barOf, buildCase, say, showLines, showResult, showRunning, showScore, showWaiting,
} from "./show.js";

const page = document.documentElement;
const { backend, proxy } = page.dataset;
const PATIENCE = 20_000; // milliseconds until a silent server counts as failed
const DYING = 300; // milliseconds that the backend takes to close its port
const FILE = new Blob(Array(48).fill(new Uint8Array(1024 * 1024))); // more than sockets buffer on the way

const SIDES = [
  { id: "direct", name: "Straight to the backend", origin: backend, server: "the backend" },
  { id: "devproxy", name: "Through devproxy", origin: proxy, server: "devproxy" },
];

// ---- asking ------------------------------------------------------------------------------------------------------

async function ask(one, side) {
  const asked = [];
  const lines = [];
  const tools = {
    fetch: (url, init) => {
      asked.push(new Request(url, init));
      return fetch(url, { ...init, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    },
    show: (line) => {
      add(lines, line);
      showLines(one, side, lines.map(counted));
    },
    bar: barOf(one, side),
    file: FILE,
    pause,
  };
  const begun = performance.now();
  try {
    const answer = await plain(await inTime(one.call(apiOf(one, side), tools)));
    const milliseconds = Math.round(performance.now() - begun);
    const ok = answer === undefined || answer.status < 400;
    return { outcome: ok ? "ok" : "failed", answer, milliseconds, lines: lines.map(counted), said: [], why: ok ? one.how : "" };
  } catch (error) {
    if (error) add(lines, error);
    return { ...await explained(one, side, asked.at(-1)), lines: lines.map(counted) };
  }
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

function inTime(promise) {
  const late = pause(PATIENCE).then(() => { throw new Error(`no answer within ${PATIENCE / 1000} s`); });
  return Promise.race([promise, late]);
}

// A line that repeats the one before it is counted.
function add(lines, line) {
  const text = described(line);
  if (lines.at(-1)?.text === text) lines.at(-1).count += 1;
  else lines.push({ text, count: 1 });
}

const counted = ({ text, count }) => (count > 1 ? `${text}  (×${count})` : text);

function described(thing) {
  if (thing instanceof Event) return `an ${thing.type} event, with no reason in it`;
  return String(thing);
}

// What a Response and an XMLHttpRequest have in common.
async function plain(answer) {
  if (answer === undefined) return undefined;
  const text = answer instanceof Response ? await answer.text() : answer.responseText;
  return { status: answer.status, statusText: answer.statusText, text };
}

async function explained(one, side, request) {
  if (!await answersAtAll(side.origin)) return { outcome: "failed", said: [], why: unreachable(side) };
  if (side.id !== "direct") {
    return { outcome: "blocked", said: [], why: "The server answers, but the page may not read it. Your console (F12) says why." };
  }
  const said = one.console?.(apiOf(one, side))
    ?? [blockedText("fetch", request.url, { preflight: preflightReasons(request).length > 0 })];
  return { outcome: "blocked", said, why: one.why ?? whatHappened(request) };
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

function unreachable(side) {
  const start = side.id === "devproxy" ? " Start it with: devproxy demo" : "";
  return `This is no CORS block: ${side.server} does not answer at ${side.origin}.${start}`;
}

// A POST without a header of its own arrives, from any page. Only its answer is kept back.
async function killBackend() {
  try {
    await fetch(`${backend}/test/crash`, { method: "POST", mode: "no-cors" });
  } catch {
    // dead already
  }
  await pause(DYING);
}

// Without asking anyone: run a case that only fetches against a fetch that only takes notes.
async function preflightedBy(one) {
  if (one.preflighted || one.kind) return one.preflighted ?? [];
  const asked = [];
  const note = async (url, init) => {
    asked.push(new Request(url, init));
    return new Response("{}");
  };
  await one.call(backend, { fetch: note, show: () => {} });
  return [...new Set(asked.flatMap(preflightReasons))];
}

// ---- the page's day --------------------------------------------------------------------------------------------------

async function askBoth(one) {
  SIDES.forEach((side) => showRunning(one, side));
  if (one.kills) await killBackend();
  await Promise.all(SIDES.map(async (side) => {
    showResult(one, side, await ask(one, side));
    showScore(side);
  }));
}

async function run(cases) {
  if (page.dataset.state === "running") return;
  page.dataset.state = "running";
  delete page.dataset.verdict;
  lock(true);
  cases.forEach((one) => SIDES.forEach((side) => showWaiting(one, side)));
  SIDES.forEach(showScore);
  say("Asking both …");
  for (const one of cases) await askBoth(one);
  const [direct, devproxy] = SIDES.map(showScore);
  say(`Straight to the backend, ${direct.ok} of ${CASES.length} succeeded; through devproxy, ${devproxy.ok} of ${CASES.length}.`);
  page.dataset.verdict = devproxy.ok === CASES.length ? "ok" : "failed";
  lock(false);
  page.dataset.state = "done";
}

// aria-disabled, because a disabled button would lose the keyboard's focus
function lock(locked) {
  document.querySelectorAll(".again, .once").forEach((button) => button.setAttribute("aria-disabled", locked));
}

function unfold(button) {
  const all = [...document.querySelectorAll(".case details")];
  const open = all.some((details) => !details.open);
  all.forEach((details) => { details.open = open; });
  button.textContent = open ? "Close all" : "Open all";
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
for (const one of CASES) {
  const item = buildCase(one, SIDES, await preflightedBy(one));
  item.querySelector(".once").addEventListener("click", () => run([one]));
  document.getElementById("cases").append(item);
}
document.querySelector(".case details").open = true; // an example of what the others hold
document.querySelector(".again").addEventListener("click", () => run(CASES));
document.querySelector(".unfold").addEventListener("click", (event) => unfold(event.currentTarget));
document.querySelectorAll(".copy").forEach((button) => button.addEventListener("click", () => copy(button)));
await run(CASES);
