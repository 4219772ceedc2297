// Where it stands, in the server's words.
import { find, icon, make, setData, setShown, setText } from "./dom.js";

/** @param {import("./replay-types.js").Trace} trace */
export function showOutcome({ said, ending }) {
  const region = find("#outcome");
  setData(region, "tone", said.tone);
  setData(region, "over", String(ending !== null));
  setText(find("#headline"), said.headline);
  setText(find("#words"), said.words);
  const terms = find("#terms");
  terms.replaceChildren(...said.terms.map((term) => make("span", { class: "word", "data-tone": "bad" }, icon("disagree"), make("span", {}, term))));
  setShown(terms, said.terms.length > 0);
  for (const note of [find("#diverged"), find("#afterwards")]) {
    const words = said[/** @type {"diverged" | "afterwards"} */ (note.id)];
    setText(note, words);
    setShown(note, words !== "");
  }
}
