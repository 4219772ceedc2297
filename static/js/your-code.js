// The page of one's own code: what is graded, how it goes, and the finding.
import { get, orSay, post } from "./api.js";
import { find, setShown, setText } from "./dom.js";
import { mountTheme } from "./theme.js";
import { EXAMPLES } from "./your-code-examples.js";
import { showResult } from "./your-code-result.js";
import { mountStepper } from "./your-code-stepper.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
const POLL_MS = 250;
const COPIED_MS = 1500;
const form = find("#ask");
const problem = find("#problem");
const alone = find("#main").dataset.alone === "true"; // a finding of the command line: nothing can be graded here
const showFinding = mountStepper();

/** @returns {string} `paste` or `name` */
const kind = () => find("[name=kind]:checked", form).value;

function fit() {
  for (const part of form.querySelectorAll("[data-for]")) setShown(part, part.dataset.for === kind());
}

/** @param {Grade} grade */
function show(grade) {
  showResult(grade);
  const shown = grade.report !== null || grade.state === "running";
  setShown(form, !shown && !alone);
  setShown(find("#again"), form.hidden && grade.state !== "running" && !alone);
  setShown(find("#finding"), false);
  if (grade.stepped) showFinding(grade.stepped, grade.report?.findings[0].schedule ?? "");
}

async function follow() {
  for (;;) {
    /** @type {Grade} */
    const grade = await get("/lab/grade");
    show(grade);
    if (grade.state !== "running") return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

form.addEventListener("change", fit);
form.addEventListener("click", (/** @type {Event} */ event) => {
  const example = /** @type {HTMLElement} */ (event.target).closest("[data-example]");
  if (!(example instanceof HTMLElement)) return;
  find("#source").value = EXAMPLES[example.dataset.example ?? ""];
  find("#name").value = "";
});
find("#source").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
form.addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  const seconds = find("#seconds").valueAsNumber;
  const asked = { model: find("#model").value, seconds: Number.isFinite(seconds) ? seconds : 30 };
  const what = kind() === "paste" ? { source: find("#source").value, name: find("#name").value } : { target: find("#target").value };
  orSay(problem, async () => {
    await post("/lab/grade", { ...what, ...asked });
    await follow();
    if (form.hidden) find("#main").focus();
  });
});
find("#stop").addEventListener("click", () => orSay(problem, () => post("/lab/grade/stop")));
find("#again").addEventListener("click", () => {
  setShown(form, true);
  setShown(find("#again"), false);
  find(kind() === "paste" ? "#source" : "#target").focus();
});
find("#copy").addEventListener("click", async () => {
  const label = find("#copy span");
  try {
    await navigator.clipboard.writeText(find("#command").textContent ?? "");
    setText(label, "Copied");
  } catch {
    getSelection()?.selectAllChildren(find("#command"));
    setText(label, "Selected");
  }
  setTimeout(() => setText(label, "Copy"), COPIED_MS);
});

mountTheme(find("#theme"), () => {});
fit();
orSay(problem, follow);
