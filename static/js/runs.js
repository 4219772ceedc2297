// The table of runs: ended ones, also of earlier starts of the server, and the present one; two of them side by side; a new run.
import { base, get, orSay, post } from "./api.js";
import { find, make, setData, setShown, setText, setWord } from "./dom.js";
import { mountEdge } from "./edges.js";
import { decimal, number, percent } from "./words.js";

/** @typedef {import("./lab-types.js").Result} Result */
/** @typedef {import("./lab-types.js").Run} Run */
/** @typedef {{key: string, title: string}} Bug */

const ONE_USER = "one user, 50 updates";
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** The conditions that matter to a loss. @param {Run} run */
function measuredWith({ environment, loads }) {
  const slow = Math.max(0, ...loads.map(({ dials }) => dials.db_latency_ms));
  const workers = environment.workers > 1 ? `${number(environment.workers)} workers of ` : "";
  return `added delay ${decimal(environment.window_ms)} ms, faults ${percent(environment.fault_rate)}, slow database ${decimal(slow)} ms, ${workers}${environment.threads || "an unknown number of"} threads, Python ${environment.python}`;
}

/** @param {Result} told one variant's verdict @param {boolean} settled */
function verdictWord(told, settled) {
  const word = make("span", { class: "word" });
  if (settled && !told.asked) setWord(word, "none", "not measured");
  else if (told.verdict === "agree") setWord(word, "good", "agree");
  else if (told.verdict === "do not agree") setWord(word, "bad", "do not agree");
  else setWord(word, "none", "cannot tell", "unknown");
  return word;
}

/** What was found, or how much survived, or why that cannot be told. @param {Result} told @param {Bug[]} bugs */
function foundText(told, bugs) {
  const found = bugs.filter(({ key }) => told.cards[key]?.verdict === "do not agree");
  if (found.length) return found.map(({ key, title }) => `${title} ${number(told.cards[key].count)}×`).join(", ");
  if (told.verdict === "cannot tell") return told.parts[0]?.text ?? "";
  return told.promised ? `${number(told.vanished)} of ${number(told.promised)} checked changes vanished` : "";
}

/** The values of several loads, each once. @param {Run} run @param {(load: import("./lab-types.js").Load) => string} pick */
const each = (run, pick) => [...new Set(run.loads.map(pick))].join(", then ") || "no load";

/** @param {string} kind of a load, in the words of the form */
function workload(kind) {
  if (kind === "one_visitor") return ONE_USER;
  const option = document.querySelector(`[name=kind] option[value="${CSS.escape(kind)}"]`);
  return option?.textContent?.trim() ?? "a load from outside";
}

/** @param {number} run @param {string} name @param {string} note @param {boolean} [earlier] whether it is of an earlier start */
function headOf(run, name, note, earlier = false) {
  const tick = make("input", { type: "checkbox", value: String(run), "aria-label": `Compare run ${number(run)}` });
  const link = make("a", { href: `${base}/runs/${run}` }, name || `Run ${number(run)}`);
  return [
    make("td", { class: "runs-tick" }, make("label", { class: "tick" }, tick)),
    make("th", { scope: "row" }, link, make("span", { class: "quiet-text" }, [name && `Run ${number(run)}`, note].filter(Boolean).join(" · ")), ...(earlier ? [make("span", { class: "runs-earlier" }, "earlier start")] : [])),
  ];
}

/** @param {Run} run @param {string} boot of this start @param {string[]} variants @param {Bug[]} bugs */
function rowOf(run, boot, variants, bugs) {
  const when = day.format(new Date(1000 * run.started_at));
  return make("tr", { "data-run": String(run.run) },
    ...headOf(run.run, run.name, when, run.boot !== boot),
    make("td", { class: "as-text" }, each(run, ({ kind }) => workload(kind)), make("span", { class: "quiet-text" }, measuredWith(run))),
    make("td", { "data-of": "users" }, each(run, ({ visitors }) => number(visitors))),
    make("td", { "data-of": "seconds" }, each(run, ({ seconds }) => decimal(seconds))),
    ...variants.map((name) => make("td", { class: "as-text", "data-of": name },
      ...(run.variants[name] ? [verdictWord(run.variants[name], run.settled), make("span", { class: "quiet-text" }, foundText(run.variants[name], bugs))] : [make("span", { class: "quiet-text" }, "was not served")]))),
  );
}

/** Two ticks, and the button that shows these runs beside each other. @param {HTMLElement} table */
function mountSideBySide(table) {
  const button = find("#runs-compare");
  const ticked = () => [...table.querySelectorAll("input:checked")].map((tick) => Number(/** @type {HTMLInputElement} */ (tick).value)).sort((a, b) => a - b);
  const show = () => {
    const runs = ticked();
    button.setAttribute("aria-disabled", String(runs.length !== 2));
    setText(find("#runs-compare-help"), runs.length === 2 ? `Run ${runs[0]} and run ${runs[1]}.` : "Tick two runs to see them side by side.");
  };
  table.addEventListener("change", show);
  button.addEventListener("click", () => {
    const [a, b] = ticked();
    if (button.getAttribute("aria-disabled") !== "true") location.assign(`${base}/runs/compare?a=${a}&b=${b}`);
  });
  show();
  return { ticked, show };
}

/** @param {() => string[]} shown the managers with a column */
export function mountRuns(shown) {
  const problem = find("#runs-problem");
  const resetProblem = find("#load-problem");
  const unkept = find("#runs-unkept");
  const table = find("#runs-table");
  mountEdge(table, find("#runs-wide"));
  const compare = mountSideBySide(table);
  const bugs = [...document.querySelectorAll("[data-bug]")].map((card) => ({ key: /** @type {HTMLElement} */ (card).dataset.bug ?? "", title: find("h3", card).textContent.toLowerCase() }));
  let known = "";

  /** @param {number} present @param {string} boot */
  async function load(present, boot) {
    const { runs } = /** @type {{runs: Run[]}} */ (await get("/lab/runs"));
    const held = new Set(compare.ticked().map(String));
    const open = make("tr", { "data-run": String(present) }, ...headOf(present, "", "the present run"), make("td", { class: "as-text", colspan: String(3 + shown().length) }, make("span", { class: "quiet-text" }, "has not ended")));
    find("tbody", table).replaceChildren(open, ...runs.reverse().map((run) => rowOf(run, boot, shown(), bugs)));
    for (const tick of table.querySelectorAll("input")) tick.checked = held.has(tick.value);
    compare.show();
    setShown(table, runs.length > 0);
    setShown(find("#runs-empty"), runs.length === 0);
    setShown(find("#runs-tools"), runs.length > 0);
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
    setShown(unkept, status.unkept !== "");
    setText(unkept, status.unkept);
    const key = JSON.stringify([status.boot, status.run, status.runs.map((run) => run.run), shown()]);
    if (key === known) return;
    known = key;
    find("#runs-present").href = `${base}/runs/${status.run}`;
    orSay(problem, () => load(status.run, status.boot));
  };
}
