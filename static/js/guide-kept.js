// What the browser keeps of the first run. Where it may keep nothing, the first run is offered again on each page.
import { begun, STEPS } from "./guide-steps.js";

/** @typedef {import("./guide-steps.js").Kept} Kept */

const KEY = "race-lab-first-run";

/** @param {any} load */
const isLoad = (load) => load === null || (load?.of instanceof Object && Object.values(load.of).every((totals) => Number.isFinite(totals?.promised) && Number.isFinite(totals?.vanished)));

/** Whether nothing else has written it. @param {any} found @returns {found is Kept} */
const isWhole = ({ step, guess, alone, many }) => Number.isInteger(step) && Number.isFinite(guess) && isLoad(alone) && isLoad(many) && (many !== null || step < 4 || step > STEPS);

/** @returns {Kept | null} null before the first visit */
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const now = { ...begun(), ...found, step: found?.step };
    return isWhole(now) ? now : null;
  } catch {
    return null;
  }
}

/** @param {Kept} now */
export function keep(now) {
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch { /* not remembered, still shown */ }
}

/** Another page of the same browser has moved it on. @param {() => void} does */
export function onMoved(does) {
  window.addEventListener("storage", ({ key }) => key === KEY && does());
  window.addEventListener("pageshow", ({ persisted }) => persisted && does());
}
