// The page of fixes: each to be judged, and all answers with the matrix behind one button. Of stores only what they share.
import { find, setData, setText } from "./dom.js";
import { mountEdge } from "./edges.js";
import { mountGuesses } from "./guesses.js";
import { mountMatrix } from "./matrix.js";
import { mountProgress } from "./progress-line.js";
import { mountTheme } from "./theme.js";

const MATRIX = "#matrix-heading";

/** @param {import("./progress-kept.js").Kept} kept */
function mountAnswers(kept) {
  const main = find("main");
  const button = find("#all");
  const asked = () => location.hash === MATRIX; // a link to the table asks for it

  function show() {
    const shown = kept.now().all || asked();
    setData(main, "answers", shown ? "shown" : "hidden");
    button.setAttribute("aria-expanded", String(shown));
    setText(button, shown ? "Hide the answers" : "Show all answers");
  }

  button.addEventListener("click", () => {
    const shown = main.dataset.answers === "shown";
    if (asked()) history.replaceState(null, "", location.pathname);
    kept.change((progress) => { progress.all = !shown; });
  });
  window.addEventListener("hashchange", show);
  kept.onChange(show);
  if (asked()) find(MATRIX).scrollIntoView();
}

mountTheme(find("#theme"), () => {});
const matrix = document.querySelector("#matrix"); // absent before the first exploration
if (matrix instanceof HTMLElement) mountEdge(matrix, find("#more-aside"));
if (document.querySelector("#kept")) {
  const kept = mountProgress();
  mountGuesses(kept);
  mountAnswers(kept);
  mountMatrix(find("#matrix table"));
}
