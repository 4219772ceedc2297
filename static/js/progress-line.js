// The line that says how far the reader has come, with what forgets it.
import { find, setShown, setText } from "./dom.js";
import { keepProgress } from "./progress-kept.js";
import { sentence } from "./progress.js";

/** @typedef {import("./progress-kept.js").Kept & {known: import("./progress.js").Known}} Kept */

/** @returns {Kept} */
export function mountProgress() {
  const line = find("#kept");
  /** @type {import("./progress.js").Known} */
  const known = JSON.parse(line.dataset.known ?? "");
  const [ask, sure, no, yes] = ["ask", "sure", "no", "yes"].map((name) => find(`[data-forget="${name}"]`, line));
  const kept = keepProgress();

  /** @param {boolean} asked */
  function askWhether(asked) {
    setShown(sure, asked);
    setShown(ask, !asked);
    (asked ? no : ask).focus();
  }

  ask.addEventListener("click", () => askWhether(true));
  no.addEventListener("click", () => askWhether(false));
  yes.addEventListener("click", () => {
    kept.forget();
    askWhether(false);
  });
  kept.onChange(() => setText(find("[data-sentence]", line), sentence(kept.now(), known)));
  return { ...kept, known };
}
