// Where it stands, in words: who may go on, and at the end what came of it.
import { find, icon, make, setData, setShown, setText } from "./dom.js";
import { list } from "./words.js";

/** @typedef {{tone: "none" | "good" | "bad", headline: string, words: string, terms: string[]}} Said */

/** @param {any[]} tasks */
function whoNext(tasks) {
  const ready = tasks.filter((task) => task.ready).map((task) => task.task);
  const waits = tasks.filter((task) => task.waits).map((task) => `${task.waits}.`);
  const who = ready.length > 1 ? `${list(ready).replace("and", "or")} can go on. Who?` : `Only ${ready[0]} can go on.`;
  return [who, ...waits].join(" ");
}

/** As everywhere else, and what the field calls it if that is something else. @param {{name: string, term: string}} anomaly */
function termOf({ name, term }) {
  const plain = name.replaceAll("-", " ");
  return term && term !== plain ? `${plain} (${term})` : plain;
}

/** @param {any} trace @returns {Said} */
function atTheEnd(trace) {
  const { kind, headline, anomalies, unsure } = trace.ending;
  const terms = anomalies.map(termOf);
  if (unsure) return { tone: "none", headline: "It cannot be told.", words: unsure, terms };
  if (kind === "deadlock") return { tone: "bad", headline, words: anomalies[0].sentence, terms };
  if (anomalies.length) return { tone: "bad", headline, words: trace.paragraph, terms };
  return { tone: "good", headline: "Nothing was lost this time.", words: trace.paragraph, terms: [] };
}

/** @param {any} trace @returns {Said} */
function saying(trace) {
  if (trace.ending) return atTheEnd(trace);
  const last = trace.steps.at(-1);
  if (!last) {
    const names = list(trace.tasks.map((/** @type {any} */ task) => `Step ${task.task}`)).replace("and", "or");
    return { tone: "none", headline: "Nobody has moved yet.", words: `Press ${names}. Whoever you press takes one step, and nobody else moves.`, terms: [] };
  }
  const answers = last.answered.length ? ` Answered: ${last.answered.join("; ")}.` : "";
  return { tone: "none", headline: `Step ${trace.steps.length}, ${last.task}: ${last.did}.`, words: `${whoNext(trace.tasks)}${answers}`, terms: [] };
}

/** @param {any} trace */
export function showOutcome(trace) {
  const said = saying(trace);
  const region = find("#outcome");
  setData(region, "tone", said.tone);
  setData(region, "over", String(trace.ending !== null));
  setText(find("#headline"), said.headline);
  setText(find("#words"), said.words);
  const terms = find("#terms");
  terms.replaceChildren(...[...new Set(said.terms)].map((term) => make("span", { class: "word", "data-tone": "bad" }, icon("disagree"), make("span", {}, term))));
  setShown(terms, said.terms.length > 0);
  const diverged = find("#diverged");
  setText(diverged, trace.diverged ? `This order cannot be followed to its end here. ${trace.diverged}` : "");
  setShown(diverged, trace.diverged !== "");
}
