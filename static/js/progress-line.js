// The line that says how far the reader has come, with what forgets it; and whoever wants to know of a change.
import { find, setShown, setText } from "./dom.js";
import { KEY, parsed, sentence } from "./progress.js";
import { remember, remembered } from "./remembered.js";

/** @typedef {import("./progress.js").Progress} Progress */
/** @typedef {{now: () => Progress, change: (what: (progress: Progress) => void) => void, onChange: (hear: () => void) => void}} Kept */

/** @returns {Kept} */
export function mountProgress() {
  const line = find("#kept");
  /** @type {import("./progress.js").Known} */
  const known = JSON.parse(line.dataset.known ?? "");
  const [ask, sure, no, yes] = ["ask", "sure", "no", "yes"].map((name) => find(`[data-forget="${name}"]`, line));
  /** @type {(() => void)[]} */
  const hearers = [];
  const now = () => parsed(remembered(KEY));

  function show() {
    setText(find("[data-sentence]", line), sentence(now(), known));
    for (const hear of hearers) hear();
  }

  /** @param {boolean} asked */
  function askWhether(asked) {
    setShown(sure, asked);
    setShown(ask, !asked);
    (asked ? no : ask).focus();
  }

  ask.addEventListener("click", () => askWhether(true));
  no.addEventListener("click", () => askWhether(false));
  yes.addEventListener("click", () => {
    remember(KEY, null);
    askWhether(false);
    show();
  });
  show();
  return {
    now,
    change(what) {
      const progress = now();
      what(progress);
      remember(KEY, JSON.stringify(progress));
      show();
    },
    onChange(hear) {
      hearers.push(hear);
      hear();
    },
  };
}
