// How a grade goes and how it has ended, in words.
import { find, icon, make, setData, setShown, setText } from "./dom.js";
import { number } from "./words.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
/** @typedef {import("./your-code-types.js").Report} Report */
const MOST_OTHERS = 8;
const OPTION = /(^|\s|\()--\w/;

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whatever was not called may still be wrong. @param {Report} report */
function leftOut({ graded }) {
  const names = Object.keys(graded.left_out);
  return names.length ? ` Not called: ${names.join(", ")}.` : "";
}

/** The name of a grade's state, and how good it is. @param {Grade} grade @returns {{tone: string, word: string, headline: string, words: string}} */
function toldOf({ state, target, why, report }) {
  if (state === "running") return { tone: "none", word: "", headline: `Grading ${target}`, words: "" };
  if (state === "stopped") return { tone: "none", word: "stopped", headline: "Stopped", words: why };
  if (state === "refused") return { tone: "none", word: "not graded", headline: "This cannot be graded", words: OPTION.test(why) ? `${why} Such options are given in a terminal.` : why };
  if (state === "failed") return { tone: "none", word: "cannot tell", headline: "The grade has failed", words: why };
  if (!report) return { tone: "none", word: "cannot tell", headline: "Cannot tell", words: why };
  if (report.verdict === "found") {
    const name = sentence(report.findings[0].name || report.findings[0].kind);
    const told = report.paragraph || report.sentence;
    const words = told.startsWith(`${name}. `) ? told.slice(name.length + 2) : told; // the headline says it
    return { tone: "bad", word: report.only_free_threaded ? "found, only free-threaded" : "found", headline: name, words };
  }
  if (report.verdict === "none") return { tone: "good", word: "none", headline: "No interleaving goes wrong", words: `${report.sentence}${leftOut(report)}` };
  return { tone: "none", word: "cannot tell", headline: "Cannot tell", words: report.sentence };
}

/** @param {Grade} grade */
function showStages({ stages, state }) {
  const rows = stages.map(({ name, programs, done, found }, index) => {
    const meter = make("progress", { max: String(Math.max(1, programs)), value: String(done), "aria-label": name });
    const left = programs - done;
    const now = state === "running" && index === stages.length - 1;
    const tail = found ? `, ${number(found)} found` : now && left ? `, ${number(left)} left` : "";
    return make("li", { "data-found": String(found > 0) }, make("span", { class: "stage-name" }, name), meter, make("span", {}, `${number(done)} of ${number(programs)} programs${tail}`));
  });
  if (!rows.length && state === "running") rows.push(make("li", {}, make("span", { class: "stage-name" }, "choosing the calls"), make("progress")));
  find("#stages").replaceChildren(...rows);
}

/** @param {string} title @param {string[]} items @param {string} [note] */
function listOf(title, items, note = "") {
  const list = make("ul", {}, ...items.map((item) => make("li", {}, item)));
  return make("div", {}, make("h3", {}, title), ...(note ? [make("p", { class: "quiet-text" }, note)] : []), list);
}

/** @param {Grade} grade @param {Report} report */
function showTried(grade, report) {
  const { graded, findings } = report;
  const parts = [];
  if (report.verdict === "none") {
    parts.push(listOf("What this means", [
      "Every interleaving of these programs was covered, and each ends as some order of its calls does.",
      "Nothing is said of longer programs, of other arguments, and of calls that were left out.",
    ]));
  }
  if (report.verdict === "cannot tell") {
    parts.push(listOf("Why", report.reasons.length ? report.reasons : [report.sentence]), listOf("What to do", [grade.why]));
  }
  parts.push(listOf("Programs", [
    ...grade.stages.map(({ name, programs, done, found }) => `${name}: ${number(done)} of ${number(programs)}${found ? `, ${number(found)} end badly` : ""}`),
    `${number(report.executions)} executions in ${report.seconds.toFixed(1)} s, Python ${report.python}`,
    report.model === "gil" ? "Model: with the GIL. Free-threaded Python may show more." : "Model: free-threaded.",
  ]));
  const called = [...(graded.new ? [`it = ${graded.new}`] : []), ...graded.calls];
  if (called.length) parts.push(listOf("What was called", called, graded.then.length ? `Observed at the end: ${graded.then.join(", ")}` : ""));
  const left = Object.entries(graded.left_out).map(([name, why]) => `${name}: ${why}`);
  if (left.length) parts.push(listOf("Left out", left));
  if (report.assumed.length) parts.push(listOf("Assumed", report.assumed));
  const others = findings.slice(1).map(({ name, kind, tasks }) => `${name || kind}: ${tasks.map((calls) => calls.join("; ")).join(" | ")}`);
  if (others.length) parts.push(listOf("Other programs that end badly", [...others.slice(0, MOST_OTHERS), ...(others.length > MOST_OTHERS ? [`and ${others.length - MOST_OTHERS} more`] : [])]));
  find("#tried-columns").replaceChildren(...parts);
}

/** @param {Grade} grade @param {Report} report */
function showProgram(grade, report) {
  const [first] = report.findings;
  const lines = [...(report.graded.new ? [`it = ${report.graded.new}`] : []), ...first.tasks.map((calls, index) => `${"ABCDEFGH"[index]}: ${calls.join("; ")}`)];
  setText(find("#program"), lines.join("\n"));
  setText(find("#command"), first.replay);
  const times = ["nowhere", "once", "twice"][first.preemptions] ?? `${first.preemptions} times`;
  const share = `${number(first.losing)} of ${number(first.schedules)} schedules of this program end badly. This one interrupts a thread ${times}.`;
  setText(find("#replay-note"), grade.pasted ? `${share} Save the source as your_code.py, and run the command beside it.` : share);
}

/** @param {Grade} grade */
export function showResult(grade) {
  const running = grade.state === "running";
  const { tone, word, headline, words } = toldOf(grade);
  setShown(find("#result"), grade.state !== "none");
  setData(find("#outcome"), "tone", tone);
  setText(find("#headline"), headline);
  setText(find("#words"), words);
  setText(find("#meaning"), grade.report?.verdict === "found" ? grade.report.meaning : "");
  const verdict = find("#verdict");
  setShown(verdict, Boolean(word));
  setData(verdict, "tone", tone);
  verdict.replaceChildren(icon({ bad: "disagree", good: "agree" }[tone] ?? "unknown"), make("span", {}, word));
  showStages(grade);
  setShown(find("#stages"), running || !grade.report);
  setShown(find("#stop"), running);
  setText(find("#spent"), running ? `${grade.spent.toFixed(1)} of ${number(grade.seconds)} s` : `${grade.target}, ${grade.spent.toFixed(1)} s`);
  setShown(find("#tried"), Boolean(grade.report));
  if (grade.report) showTried(grade, grade.report);
  if (grade.report?.findings.length) showProgram(grade, grade.report);
}
