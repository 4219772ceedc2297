// What was graded, and what the answer covers.
import { coded, find, make } from "./dom.js";
import { number } from "./words.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
/** @typedef {import("./your-code-types.js").Report} Report */
/** @typedef {import("./your-code-types.js").Scenario} Scenario */
const MOST_OTHERS = 8;
const COVERED = "Every interleaving of these programs was covered, and each ends as some order of its calls does.";
const SHORT = "The time was up. The numbers of programs say how many of each size were run to the end. Every interleaving of those ends as some order of its calls does.";
const SILENT = "Nothing is said of longer programs, of other arguments, and of calls that were left out.";

/** @param {string} title @param {string[]} items */
const listOf = (title, items) => make("div", {}, make("h4", {}, title), make("ul", {}, ...items.map((item) => make("li", {}, ...coded(item)))));

/** @param {Scenario} scenario */
function scenarioWords({ name, outcome, why, anomaly, sentence, finding }) {
  if (!finding || outcome === "not asked" || outcome === "cannot tell") return `${name}: ${outcome}, because ${why}`;
  if (outcome === "none") return `${name}: passed, ${number(finding.schedules)} schedules`;
  return `${name}: ${anomaly}. ${sentence} ${finding.schedule}: ${number(finding.losing)} of ${number(finding.schedules)} schedules. ${finding.replay}`;
}

/** @param {Grade} grade @param {Report} report */
export function showTried(grade, report) {
  const { graded, findings } = report;
  const parts = [];
  if (report.verdict === "none") parts.push(listOf("What this means", [report.whole ? COVERED : SHORT, SILENT]));
  if (report.verdict === "cannot tell") {
    parts.push(listOf("Why", report.reasons.length ? report.reasons : [report.sentence]), listOf("What to do", [grade.why]));
  }
  parts.push(listOf("Programs", [
    ...grade.stages.map(({ name, programs, done, found }) => `${name}: ${number(done)} of ${number(programs)}${found ? `, ${number(found)} ${found === 1 ? "ends" : "end"} badly` : ""}`),
    `${number(report.executions)} executions in ${report.seconds.toFixed(1)} s, Python ${report.python}`,
    report.model === "gil" ? "Model: with the GIL. Free-threaded Python may show more." : "Model: free-threaded.",
  ]));
  if (report.scenarios.length) parts.push(listOf("Scenarios of a session manager", report.scenarios.map(scenarioWords)));
  const left = Object.entries(graded.left_out).map(([name, why]) => `${name}: ${why}`);
  if (left.length) parts.push(listOf("Left out", left));
  if (report.assumed.length) parts.push(listOf("Assumed", report.assumed));
  const shown = new Set(grade.findings.map((told) => told.number));
  const others = findings.filter((_, place) => place && !shown.has(place)).map(({ name, kind, tasks }) => `${name || kind}: ${tasks.map((calls) => calls.join("; ")).join(" | ")}`);
  if (others.length) parts.push(listOf("Other programs that end badly", [...others.slice(0, MOST_OTHERS), ...(others.length > MOST_OTHERS ? [`and ${others.length - MOST_OTHERS} more`] : [])]));
  find("#tried-columns").replaceChildren(...parts);
}
