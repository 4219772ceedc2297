// What the browser keeps of the first run. Where it may keep nothing, the first run is offered again on each page.
import { begun } from "./guide-steps.js";

/** @typedef {import("./guide-steps.js").Kept} Kept */

const KEY = "race-lab-first-run";

/** @returns {Kept | null} null before the first visit */
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return Number.isInteger(found?.step) ? { ...begun(), ...found } : null;
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
