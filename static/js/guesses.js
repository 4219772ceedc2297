// Answers that are hidden until the reader has guessed, or asked for them: a box with `data-answer` hides them until it is judged.
import { find, setData, setText } from "./dom.js";
import { isRight } from "./progress.js";

/** @typedef {import("./progress-kept.js").Kept} Kept */

/** @param {HTMLElement} box @param {Kept} kept @param {string} linked whether the address has asked for the answer */
function show(box, kept, linked) {
  const { answer = "", worth = "" } = box.dataset;
  const { guesses, all } = kept.now();
  const guess = guesses[answer];
  setData(box, "judged", guess ?? (all ? "all" : linked));
  const right = box.querySelector("[data-right]"); // not where the answer is about less than the whole fix
  if (right) setText(right, !guess || guess === "shown" ? "" : isRight(guess, worth) ? "You were right." : "You were wrong.");
}

/** The fixes of a page, each to be judged. @param {Kept} kept */
export function mountGuesses(kept) {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-answer][data-worth]"))) {
    const linked = box.dataset.judged ?? "";
    box.addEventListener("click", (event) => {
      const guess = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.guess;
      if (!guess) return;
      kept.change((progress) => { progress.guesses[box.dataset.answer ?? ""] = /** @type {import("./progress.js").Guess} */ (guess); });
      find("[data-verdict-said]", box).focus(); // the button is gone
    });
    kept.onChange(() => show(box, kept, linked));
  }
}
