// The progress that this browser keeps, on any page; and whoever wants to know of a change.
import { KEY, parsed } from "./progress.js";
import { remember, remembered } from "./remembered.js";

/** @typedef {import("./progress.js").Progress} Progress */
/** @typedef {{now: () => Progress, change: (what: (progress: Progress) => void) => void, forget: () => void, onChange: (hear: () => void) => void}} Kept */

/** @returns {Kept} */
export function keepProgress() {
  /** @type {(() => void)[]} */
  const hearers = [];
  const now = () => parsed(remembered(KEY));

  /** @param {string | null} text */
  function keep(text) {
    remember(KEY, text);
    for (const hear of hearers) hear();
  }

  return {
    now,
    change(what) {
      const progress = now();
      what(progress);
      keep(JSON.stringify(progress));
    },
    forget: () => keep(null),
    onChange(hear) {
      hearers.push(hear);
      hear();
    },
  };
}
