// How a grade goes and how it has ended, in words.
import { find, icon, make, setCoded, setData, setShown, setText } from "./dom.js";
import { showProgram } from "./your-code-trace.js";
import { showTried } from "./your-code-tried.js";
import { number } from "./words.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
/** @typedef {import("./your-code-types.js").Report} Report */
/** @typedef {import("./your-code-types.js").Told} Told */
const OPTION = /(^|\s|\()--\w/;
const GONE = "It has ended, or is being restarted. A grade that ran has ended with it. This page asks again every second.";
const RESTARTED = "The lab was started anew, and the grade that ran has ended with the old one: nothing is known of it. Grade again.";

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whatever was not called may still be wrong. @param {Report} report */
function leftOut({ graded }) {
  const names = Object.keys(graded.left_out);
  return `${names.length ? ` Not called: ${names.join(", ")}.` : ""}${graded.not_graded ? ` ${graded.not_graded}` : ""}`;
}

/** @param {Grade} grade */
function running({ target, stages, stopping }) {
  const found = stages.reduce((sum, stage) => sum + stage.found, 0);
  if (stopping) return { tone: "none", word: "", headline: "Stopping", words: "What was found so far is being told." };
  return { tone: found ? "bad" : "none", word: found ? `${number(found)} found so far` : "", headline: `Grading ${target}`, words: "" };
}

/** @param {Report} report @param {Told | undefined} told */
function found(report, told) {
  const finding = report.findings[told?.number ?? 0];
  const name = sentence(finding.name || finding.kind);
  const words = told?.paragraph || report.sentence;
  return {
    tone: "bad",
    word: report.only_free_threaded ? "found, only free-threaded" : "found",
    headline: name,
    words: words.startsWith(`${name}. `) ? words.slice(name.length + 2) : words, // the headline says it
  };
}

/** Only where all was run to the end it is a whole proof, and looks like one. @param {Grade} grade @param {Report} report */
function passed({ seconds, stopping }, report) {
  const words = `${report.sentence.replace(/^Nothing found in .*? s\. /, "")}${leftOut(report)} ${report.without_gil[0] ?? ""}`.trim(); // the headline says it
  if (!report.whole) return { tone: "none", word: "none so far", headline: `Nothing found in ${number(seconds)} s`, words };
  return { tone: "good", word: stopping ? "none, stopped early" : "none", headline: "No interleaving goes wrong", words };
}

/** The name of a grade's state, and how good it is. @param {Grade} grade @param {number} place @returns {{tone: string, word: string, headline: string, words: string}} */
function toldOf(grade, place) {
  const { state, why, names, report, findings } = grade;
  if (state === "running") return running(grade);
  if (names.length) return { tone: "none", word: "", headline: "Which one?", words: "There are several that could be graded." };
  if (state === "stopped") return { tone: "none", word: "", headline: "Stopped", words: why };
  if (state === "refused") return { tone: "none", word: "not graded", headline: "This cannot be graded", words: OPTION.test(why) ? `${why} The form has these options under More.` : why };
  if (state === "failed") return { tone: "none", word: "cannot tell", headline: "The grade has failed", words: why };
  if (!report) return { tone: "none", word: "", headline: "Cannot tell", words: why };
  if (report.verdict === "found") return found(report, findings[place]);
  if (report.verdict === "none") return passed(grade, report);
  return { tone: "none", word: "", headline: "Cannot tell", words: report.sentence };
}

/** @param {Grade} grade */
function showStages({ stages, state }) {
  const rows = stages.map(({ name, programs, done, found, undecided }, index) => {
    const left = Math.max(0, programs - done - undecided);
    const meter = make("progress", { max: String(Math.max(1, programs)), value: String(programs - left), "aria-label": `${name}: programs done` });
    const verdicts = [
      ...(done && !found ? [make("span", { class: "quiet-text" }, state === "running" ? "nothing found so far" : "nothing found in these")] : []),
      ...(found ? [make("span", { class: "word", "data-tone": "bad" }, icon("disagree"), `${number(found)} found`)] : []),
      ...(undecided ? [make("span", { class: "word" }, icon("unknown"), `${number(undecided)} cannot tell`)] : []),
    ];
    const now = state === "running" && index === stages.length - 1 && left;
    return make("li", {},
      make("span", { class: "stage-name" }, name), meter,
      make("span", { class: "stage-count" }, `${number(programs - left)} of ${number(programs)} tried${now ? `, ${number(left)} left` : ""}`),
      make("span", { class: "stage-verdicts" }, ...verdicts));
  });
  if (!rows.length && state === "running") rows.push(make("li", {}, make("span", { class: "stage-name" }, "choosing the calls"), make("progress", { "aria-label": "choosing the calls" })));
  find("#stages").replaceChildren(...rows);
}

/** The classes that can be graded instead. @param {Grade} grade @param {(word: string) => void} pick */
function showNames({ names }, pick) {
  const place = find("#names");
  setShown(place, names.length > 0);
  if (place.dataset.names === names.join()) return;
  place.dataset.names = names.join();
  place.replaceChildren(...names.map((word) => {
    const button = make("button", { type: "button" }, `Grade ${word.slice(word.lastIndexOf(":") + 1)}`);
    button.addEventListener("click", () => pick(word));
    return button;
  }));
}

/** One button for each finding. @param {Grade} grade @param {number} shown @param {(place: number) => void} choose */
function showFindings({ findings, report }, shown, choose) {
  const place = find("#findings");
  setShown(place, findings.length > 1);
  if (!report || findings.length < 2) return;
  const focused = place.contains(document.activeElement);
  place.replaceChildren(...findings.map(({ number: at }, index) => {
    const { name, kind, tasks } = report.findings[at];
    const button = make("button", { type: "button", class: "choice", "aria-pressed": String(index === shown) }, `${index + 1}. ${name || kind} `, make("code", {}, tasks.map((calls) => calls.join("; ")).join(" | ")));
    button.addEventListener("click", () => choose(index));
    return button;
  }));
  if (focused) place.children[shown].focus();
}

/** @param {Grade} grade @param {Report} report @param {number} at */
function showReplay(grade, report, at) {
  const finding = report.findings[at];
  showProgram(report, at);
  setText(find("#command"), finding.replay);
  const times = ["nowhere", "once", "twice"][finding.preemptions] ?? `${finding.preemptions} times`;
  const share = `${number(finding.losing)} of ${number(finding.schedules)} schedule${finding.schedules === 1 ? "" : "s"} of this program ${finding.losing === 1 ? "ends" : "end"} badly. This one interrupts a thread ${times}.`;
  setText(find("#replay-note"), grade.pasted ? `${share} Save the source as your_code.py, and run the command beside it.` : share);
}

/** @param {Grade} grade */
function showCalled({ file, report, pasted, state }) {
  setShown(find("#called"), Boolean(file) && (state === "running" || report !== null));
  setText(find("#file"), file);
  const chosen = report ? report.graded.chosen : [];
  const by = chosen.length ? "The grader has chosen this." : "";
  setText(find("#called-note"), `${by} Kept as grade_me.py${pasted ? " beside your_code.py" : ""}, it can be edited, and graded by its name.`.trim());
}

/**
 * @param {Grade} grade
 * @param {number} place the finding that is shown
 * @param {(place: number) => void} choose another finding
 * @param {(word: string) => void} pick another class
 */
export function showResult(grade, place, choose, pick) {
  const busy = grade.state === "running";
  const { tone, word, headline, words } = toldOf(grade, place);
  setShown(find("#result"), grade.state !== "none");
  setData(find("#outcome"), "tone", tone);
  setText(find("#headline"), headline);
  setCoded(find("#words"), words);
  setText(find("#meaning"), grade.findings[place]?.meaning ?? grade.report?.without_gil[1] ?? "");
  const verdict = find("#verdict");
  setShown(verdict, Boolean(word));
  setData(verdict, "tone", tone);
  verdict.replaceChildren(icon({ bad: "disagree", good: "agree" }[tone] ?? "unknown"), make("span", {}, word));
  showStages(grade);
  setShown(find("#stages"), busy || (!grade.report && grade.stages.length > 0));
  showNames(grade, pick);
  showFindings(grade, place, choose);
  setShown(find("#stop"), busy);
  find("#stop").setAttribute("aria-disabled", String(grade.stopping));
  const stopped = grade.stopping && !busy ? ", stopped" : "";
  setText(find("#spent"), busy ? `${grade.spent.toFixed(1)} of ${number(grade.seconds)} s` : `${grade.target}, ${grade.spent.toFixed(1)} s${stopped}`);
  setShown(find("#tried"), Boolean(grade.report));
  if (grade.report) showTried(grade, grade.report);
  showCalled(grade);
  if (grade.report?.findings.length) showReplay(grade, grade.report, grade.findings[place]?.number ?? 0);
}

/** The last grade is not of what the form has now. */
export function hideResult() {
  for (const id of ["result", "finding", "tried", "called"]) setShown(find(`#${id}`), false);
}

/** The lab does not answer; or it answers again, and is another one. @param {boolean} again */
export function showLost(again) {
  setShown(find("#result"), true);
  setData(find("#outcome"), "tone", "none");
  setText(find("#headline"), again ? "The lab was restarted" : "The lab does not answer");
  setText(find("#words"), again ? RESTARTED : GONE);
  for (const id of ["meaning", "spent"]) setText(find(`#${id}`), "");
  for (const id of ["verdict", "stages", "stop", "names", "findings"]) setShown(find(`#${id}`), false);
}
