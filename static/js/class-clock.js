// The steps of the lesson: which is the present one, what it asks, and how long it has taken.
import { find, setData, setText } from "./dom.js";
import { orSay } from "./api.js";

const TICK_MS = 500;

/** @param {number} seconds */
const clockOf = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function mountClassClock() {
  /** @type {HTMLElement[]} */
  const steps = [...find("#steps").children];
  const asks = find("#asks");
  const timer = find("#timer");
  const minutes = steps.map((step) => Number(step.dataset.minutes));
  const all = minutes.reduce((sum, one) => sum + one, 0);
  const next = document.querySelector("#next");
  const back = document.querySelector("#back");
  let step = -1;
  let began = [0, 0];
  let aheadS = 0; // of the server's clock before this one's
  let stands = false;

  function tick() {
    if (stands) return;
    const over = step >= 0;
    const [whole, part] = began.map((at) => Math.max(0, Date.now() / 1000 + aheadS - at));
    setText(find("#timer-step"), over ? `${clockOf(part)} of ${minutes[step]} min` : `${all} minutes`);
    setText(find("#timer-all"), over ? `${clockOf(whole)} of ${all} in all` : "not begun");
    setData(timer, "over", String(over && part > 60 * minutes[step]));
  }

  /** @param {{step: number, began: [number, number], now: number}} board */
  function show(board) {
    ({ step, began } = board);
    aheadS = board.now - Date.now() / 1000;
    steps.forEach((element, number) => {
      setData(element, "past", String(number < step));
      if (number === step) element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
    });
    setText(asks, steps[step]?.dataset.asks ?? asks.dataset.before);
    if (next) {
      setText(find("span", next), step < 0 ? "Start" : step < steps.length - 1 ? "Next step" : "Last step");
      next.setAttribute("aria-disabled", String(step >= steps.length - 1));
      back?.setAttribute("aria-disabled", String(step < 0));
    }
    tick();
  }

  /** @param {(step: number) => Promise<unknown>} begin */
  function onStep(begin) {
    /** @param {Event} event @param {number} by */
    const go = (event, by) => {
      const button = event.currentTarget;
      if (button instanceof HTMLElement && button.getAttribute("aria-disabled") !== "true") orSay(find("#step-problem"), () => begin(step + by));
    };
    next?.addEventListener("click", (event) => go(event, 1));
    back?.addEventListener("click", (event) => go(event, -1));
  }

  /** It stands while nobody knows which step the lesson is at. @param {boolean} on */
  function stand(on) {
    stands = on;
    tick();
  }

  setInterval(tick, TICK_MS);
  return { show, onStep, stand };
}
