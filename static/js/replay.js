// The replay page. The server runs the order anew for each answer; here is only which order, and when to ask.
import { get } from "./api.js";
import { find, icon, make, setShown, setText } from "./dom.js";
import { replayed } from "./guide-thread.js";
import { mountKeys } from "./keys.js";
import { mountAnswer } from "./replay-answer.js";
import { mountHints } from "./replay-hints.js";
import { Order, scheduleOf, turnsOf } from "./replay-order.js";
import { showOutcome } from "./replay-outcome.js";
import { showShared } from "./replay-shared.js";
import { mountTasks } from "./replay-tasks.js";
import { mountTrail } from "./replay-trail.js";
import { mountTheme } from "./theme.js";

const PLAY_MS = 700;
const SAID_MS = 2000;

const { scenario = "", variant = "", base = "", schedule = "", at = "", loss = "" } = find("main").dataset;
const buttons = { back: find("#back"), start: find("#start"), play: find("#play"), end: find("#end"), copy: find("#copy") };
const problem = find("#problem");
const showTasks = mountTasks((task) => byHand(() => order.step(task)));
const showTrail = mountTrail((count) => byHand(() => order.at(count)));

let order = new Order(schedule ? turnsOf(schedule) : []).at(Number(at));
/** @type {import("./replay-types.js").Trace | null} */
let trace = null;
let playing = 0;
const answer = mountAnswer(scenario, variant, () => trace && showTasks(trace, answer.hidden()));
let busy = Promise.resolve(); // what was pressed is done one after another, however fast

/** @param {Record<string, string>} asked */
const query = (asked) => new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));

const over = () => trace !== null && trace.tasks.every((task) => !task.ready);

/** @param {HTMLElement} button @param {boolean} can */
const allow = (button, can) => button.setAttribute("aria-disabled", String(!can));

function showAddress() {
  const turns = scheduleOf(order.turns);
  const where = { schedule: turns, at: order.ahead.length ? String(order.taken.length) : "" };
  history.replaceState(null, "", `${base}/replay?${query({ scenario, variant, ...where, answer: turns && answer.hidden() ? "hidden" : "", loss })}`);
  for (const other of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-choice]"))) {
    other.href = `${base}/replay?${query({ scenario, variant: other.dataset.choice ?? "", ...where, answer: turns && "hidden", loss })}`;
  }
}

function showButtons() {
  const begun = order.taken.length > 0;
  allow(buttons.back, begun);
  allow(buttons.start, begun);
  allow(buttons.end, !over());
  const play = playing ? "Pause" : over() ? "Play again" : "Play";
  if (buttons.play.textContent !== play) buttons.play.replaceChildren(icon(playing ? "pause" : "play"), make("span", {}, play));
  setText(find("#order-reason"), trace?.said.stands ?? "");
}

/** @param {Order} wanted @param {boolean} toTheEnd */
async function ask(wanted, toTheEnd) {
  const first = trace === null;
  const asked = { scenario, variant, schedule: scheduleOf(wanted.taken), end: toTheEnd ? "1" : "" };
  /** @type {import("./replay-types.js").Trace} */
  const told = await get(`/lab/replay?${query(asked)}`);
  trace = told;
  order = new Order(told.schedule ? turnsOf(told.schedule) : [], told.diverged ? [] : wanted.ahead, wanted.own);
  if (told.ending) answer.ended(told.said.tone === "bad", order.own);
  showTasks(told, answer.hidden());
  showShared(told);
  showTrail(told, order);
  showOutcome(told);
  replayed(told.ending !== null && told.said.tone === "bad");
  showButtons();
  showAddress();
  if (!first && !playing) announce();
}

/** Say to a screen reader what happened; while it plays, only where it stops. */
function announce() {
  setText(find("#announced"), trace?.said.announced ?? "");
}

/** @param {() => Order} where read when its turn has come, not when it was pressed @param {boolean} [toTheEnd] */
function move(where, toTheEnd = false) {
  busy = busy.then(async () => {
    try {
      await ask(where(), toTheEnd);
      setShown(problem, false);
    } catch (error) {
      pause();
      setText(problem, error instanceof Error ? error.message : String(error));
      setShown(problem, true);
    }
  });
  return busy;
}

/** The same when a person asks for it: then the order no longer plays by itself. @param {() => Order} where @param {boolean} [toTheEnd] */
function byHand(where, toTheEnd = false) {
  pause();
  return move(where, toTheEnd);
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  showButtons();
}

/** Pause, and say where. */
function stop() {
  pause();
  announce();
}

/** Which task is next while it plays: as the order says, else the one after the last that moved. */
function nextTask() {
  if (order.ahead.length) return order.ahead[0];
  const ready = (trace?.tasks ?? []).filter((task) => task.ready).map((task) => task.task);
  return ready.find((task) => task > (order.taken.at(-1) ?? "")) ?? ready[0];
}

async function playOn() {
  await move(() => order.step(nextTask(), false));
  if (over() || trace?.diverged) stop();
  if (playing) playing = setTimeout(playOn, PLAY_MS);
}

async function play() {
  if (playing) return stop();
  const again = over();
  if (again) await move(() => order.at(0));
  playing = setTimeout(playOn, again ? PLAY_MS : 0);
  showButtons();
}

async function copy() {
  const label = find("span", buttons.copy);
  try {
    await navigator.clipboard.writeText(trace?.text ?? "");
    setText(label, "Copied");
  } catch {
    setText(label, "The browser does not allow it");
  }
  setTimeout(() => setText(label, "Copy the trace"), SAID_MS);
}

/** Press a button as a finger would: not when it cannot be pressed. @param {HTMLElement} button */
function press(button) {
  if (button.getAttribute("aria-disabled") !== "true") button.click();
}

const menu = find("#scenarios");
const closeMenu = () => menu.removeAttribute("open");
document.addEventListener("click", (event) => {
  if (!menu.contains(event.target)) closeMenu();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenu();
});

/** @type {Record<string, HTMLElement>} */
const KEYS = { ArrowLeft: buttons.back, Backspace: buttons.back, Home: buttons.start, End: buttons.end };
/** A task's letter or its number steps it; threads come and go. @param {string} key @returns {HTMLElement | undefined} */
function buttonOf(key) {
  const steps = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-step]")]);
  return KEYS[key] ?? steps.find((one, index) => one.dataset.step === key.toUpperCase() || String(index + 1) === key);
}
mountKeys(find("#player"), (key) => {
  const button = buttonOf(key);
  return button && (() => press(button));
});

/** @type {[HTMLElement, () => void][]} */
const PRESSED = [
  [buttons.back, () => byHand(() => order.at(Math.max(0, order.taken.length - 1)))],
  [buttons.start, () => byHand(() => order.at(0))],
  [buttons.end, () => byHand(() => order.at(order.turns.length), true)],
  [buttons.play, play],
  [buttons.copy, copy],
];
for (const [button, does] of PRESSED) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") does();
  });
}

mountHints((way) => byHand(() => new Order(turnsOf(way))));
mountTheme(find("#theme"), () => {});
move(() => order);
