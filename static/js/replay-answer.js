// What a replay hides: the marks in the code, and the verdict on a fix. Whoever has guessed, asked, or reached a failing end sees them.
import { find, setData, setShown } from "./dom.js";
import { mountGuesses } from "./guesses.js";
import { mountProgress } from "./progress-line.js";
import { ended, isDone } from "./progress.js";

/**
 * @param {string} scenario
 * @param {string} variant
 * @param {() => void} onShown called when the marks may be shown
 * @returns {{hidden: () => boolean, ended: (fails: boolean, own: boolean) => void}} whether they are hidden; and what to do at an end
 */
export function mountAnswer(scenario, variant, onShown) {
  const box = find("#judge");
  const { answer, worth, judged: linked = "" } = box.dataset;
  const kept = mountProgress();
  let seen = false; // a failing end, on this page

  if (answer !== undefined && worth === undefined) { // buggy: nothing to guess
    find("[data-guess]", box).addEventListener("click", () => {
      kept.change((progress) => { progress.shown[scenario] = true; });
      find("[data-verdict-said]", box).focus();
    });
    kept.onChange(() => {
      const { broken, shown, all } = kept.now();
      setData(box, "judged", broken[scenario] || shown[scenario] || all || seen ? "shown" : linked);
    });
  }
  mountGuesses(kept);
  kept.onChange(() => {
    const progress = kept.now();
    for (const tick of document.querySelectorAll("[data-done]")) setShown(/** @type {HTMLElement} */ (tick), isDone(progress, kept.known, /** @type {HTMLElement} */ (tick).dataset.done ?? ""));
    onShown();
  });

  return {
    hidden: () => box.dataset.judged === "",
    ended(fails, own) {
      seen ||= fails;
      kept.change((progress) => { if (own) ended(progress, kept.known, scenario, variant, fails); });
    },
  };
}
