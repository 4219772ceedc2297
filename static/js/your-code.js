// The page of one's own code: what is graded, how it goes, and the finding.
import { get, orSay, post, Refusal } from "./api.js";
import { find, setShown } from "./dom.js";
import { mountTheme } from "./theme.js";
import { number } from "./words.js";
import { mountForm } from "./your-code-form.js";
import { mountKeeping } from "./your-code-keep.js";
import { hideResult, showLost, showResult } from "./your-code-result.js";
import { mountStepper } from "./your-code-stepper.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
const POLL_MS = 250;
const LOST_MS = 1000;
const TAKEN = 409;
const form = document.querySelector("form"); // a finding of the command line has none: nothing can be graded there
const problem = form && find("#problem");
const asking = form && mountForm(form, forget);
const showFinding = mountStepper();
/** @type {Grade | undefined} */
let last;
let following = 0;

/** @param {Grade} grade @param {number} place the finding that is shown */
function show(grade, place = 0) {
  last = grade;
  showResult(grade, place, (other) => show(grade, other), pick);
  const shown = grade.report !== null || grade.state === "running";
  if (form) {
    setShown(form, !shown);
    setShown(find("#again"), shown && grade.state !== "running");
    setShown(find("#refine"), grade.report !== null);
  }
  const finding = grade.findings[place];
  setShown(find("#finding"), Boolean(finding));
  setShown(find("#player"), Boolean(finding?.stepped));
  if (finding?.stepped) showFinding(finding.stepped, grade.report?.findings[finding.number].schedule ?? "");
}

const soon = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** Show the grade that runs, or the last one, until it has ended; also across a restart of the lab. */
async function follow() {
  const mine = ++following; // a later one takes over
  /** @type {Grade | undefined} */
  let before;
  while (mine === following) {
    let grade;
    try {
      grade = await get("/lab/grade");
    } catch (error) {
      if (error instanceof Refusal) {
        if (form) setShown(form, true);
        throw error;
      }
      if (mine === following) showLost(false);
      await soon(LOST_MS);
      continue;
    }
    if (mine !== following) return;
    if (before && grade.lab !== before.lab) {
      show(grade);
      showLost(true);
      return;
    }
    before = grade;
    show(grade);
    if (grade.state !== "running") return;
    await soon(POLL_MS);
  }
}

function grade() {
  if (!asking || !problem) return;
  orSay(problem, async () => {
    const asked = asking.asked();
    const most = Number(find("#source").dataset.most);
    const length = "source" in asked ? asked.source.length : 0;
    if (length > most) throw new Error(`A pasted source may have at most ${number(most)} characters; this one has ${number(length)}.`);
    try {
      await post("/lab/grade", asked);
    } catch (error) {
      const taken = error instanceof Refusal && error.status === TAKEN;
      setShown(find("#watch"), taken);
      if (taken) hideResult();
      throw error;
    }
    setShown(find("#watch"), false);
    await follow();
    const wrong = last?.state === "refused" && last.pasted && /\bline (\d+)/.exec(last.why);
    if (wrong) asking.goTo(Number(wrong[1]));
    else if (form.hidden) find(find("#player").checkVisibility() ? "#player" : "#main").focus({ preventScroll: true });
  });
}

/** @param {string} word one of several classes */
function pick(word) {
  if (asking?.pick(word, last?.pasted ?? true)) grade();
}

function forget() {
  hideResult();
  orSay(/** @type {HTMLElement} */ (problem), () => post("/lab/grade/forget"));
}

function edit() {
  if (last) asking?.hold(last);
  setShown(/** @type {HTMLElement} */ (form), true);
  setShown(find("#again"), false);
  find("#spent").prepend("The last grade: ");
}

if (form && asking && problem) {
  form.addEventListener("click", (event) => {
    if (/** @type {HTMLElement} */ (event.target).closest("[data-example]")) hideResult();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    grade();
  });
  find("#stop").addEventListener("click", () => orSay(problem, () => post("/lab/grade/stop")));
  find("#watch").addEventListener("click", () => {
    setShown(problem, false);
    setShown(find("#watch"), false);
    orSay(problem, follow);
  });
  find("#again").addEventListener("click", () => {
    edit();
    asking.focus();
  });
  find("#refine").addEventListener("click", () => {
    if (!last?.report) return;
    edit();
    asking.refine(last.report.graded);
  });
}
mountKeeping();
mountTheme(find("#theme"), () => {});
if (problem) orSay(problem, follow);
else follow();
