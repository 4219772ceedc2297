// What a replay hides: the marks in the code, and the verdict on a fix. Whoever has guessed, asked, or reached a failing end sees them.
import { find, setData, setShown } from "./dom.js";
import { mountGuesses } from "./guesses.js";
import { mountProgress } from "./progress-line.js";

/**
 * @param {string} scenario
 * @param {() => void} onShown called when the marks may be shown
 * @returns {{hidden: () => boolean, failed: (own: boolean) => void}} whether they are hidden; and what to do at a failing end
 */
export function mountAnswer(scenario, onShown) {
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
    const { broken } = kept.now();
    for (const tick of document.querySelectorAll("[data-broken]")) setShown(/** @type {HTMLElement} */ (tick), Object.hasOwn(broken, /** @type {HTMLElement} */ (tick).dataset.broken ?? ""));
    onShown();
  });

  return {
    hidden: () => box.dataset.judged === "",
    failed(own) {
      seen = true;
      kept.change((progress) => { if (own) progress.broken[scenario] = true; });
    },
  };
}
