// The table of ended runs, and the start of a new run.
import { get, orSay, post } from "./api.js";
import { find, make, setData, setShown, setWord } from "./dom.js";
import { mountEdge } from "./edges.js";
import { decimal, NOTHING, number, percent } from "./words.js";

/** @typedef {import("./lab-types.js").Result} Result */

/** @param {import("./lab-types.js").Environment} environment */
function measuredWith(environment) {
  const workers = environment.workers > 1 ? `${number(environment.workers)} workers of ` : "";
  return `added delay ${decimal(environment.window_ms)} ms, faults ${percent(environment.fault_rate)}, ${workers}${environment.threads || "an unknown number of"} threads, Python ${environment.python}`;
}

/** @param {Result} told one variant's verdict @param {boolean} settled */
function verdictWord(told, settled) {
  const word = make("span", { class: "word" });
  if (settled && !told?.asked) setWord(word, "none", "not measured");
  else if (told.verdict === "agree") setWord(word, "good", "agree");
  else if (told.verdict === "do not agree") setWord(word, "bad", "do not agree");
  else setWord(word, "none", "cannot tell", "unknown");
  return word;
}

/** @param {import("./lab-types.js").Card | undefined} card */
function cardText(card) {
  if (card?.verdict === "do not agree") return `seen ${number(card.count)}×`;
  if (!card?.promised) return "not measured";
  return card.verdict === "agree" ? "agree" : "cannot tell";
}

/** @param {import("./lab-types.js").Judged[]} ended verdicts @param {string[]} variants @param {string[]} bugs */
function rows(ended, variants, bugs) {
  return ended.flatMap((run) =>
    variants
      .filter((name) => run.variants[name])
      .map((name, index) => {
        const told = run.variants[name];
        return make("tr", {},
          make("th", { scope: "row" }, index === 0 ? number(run.run) : ""),
          make("td", { class: "as-text" }, name),
          make("td", { class: "as-text" }, verdictWord(told, run.settled)),
          ...[told.promised, told.present, told.vanished].map((count) => make("td", {}, told.promised ? number(count) : NOTHING)),
          ...bugs.map((key) => make("td", { class: "as-text" }, cardText(told.cards[key]))),
          make("td", { class: "as-text as-note" }, index === 0 ? measuredWith(run.environment) : ""),
        );
      }),
  );
}

/** @param {() => string[]} shown the managers with a row */
export function mountRuns(shown) {
  const problem = find("#runs-problem");
  const resetProblem = find("#load-problem");
  const table = find("#runs-table");
  mountEdge(table, find("#runs-wide"));
  const bugs = [...document.querySelectorAll("[data-bug]")].map((card) => /** @type {HTMLElement} */ (card).dataset.bug ?? "");
  let known = "";

  async function load() {
    const { runs } = await get("/lab/runs");
    find("tbody", table).replaceChildren(...rows([...runs].reverse(), shown(), bugs));
    setShown(table, runs.length > 0);
    setShown(find("#runs-empty"), runs.length === 0);
  }

  const reset = find("#reset");
  reset.addEventListener("click", async () => {
    if (reset.getAttribute("aria-disabled") === "true") return;
    setData(reset, "busy", "true");
    reset.setAttribute("aria-disabled", "true");
    await orSay(resetProblem, () => post("/lab/reset"));
    delete reset.dataset.busy; // load.js allows it again, if the server answers
  });

  /** @param {import("./lab-types.js").Status} status */
  return (status) => {
    const key = JSON.stringify([status.boot, status.runs.map((run) => run.run), shown()]);
    if (key === known) return;
    known = key;
    orSay(problem, load);
  };
}
