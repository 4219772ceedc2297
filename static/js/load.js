// Letting visitors in, one load at a time. A button that cannot be pressed says why.
import { orSay, post } from "./api.js";
import { find, setData, setShown, setText } from "./dom.js";
import { loadRuns } from "./verdict.js";
import { plural } from "./words.js";

/** @param {HTMLElement} button @param {boolean} can */
function allow(button, can) {
  const value = String(!can);
  if (button.getAttribute("aria-disabled") !== value) button.setAttribute("aria-disabled", value);
}

/** @param {HTMLElement} button */
const allowed = (button) => button.getAttribute("aria-disabled") !== "true";

/** @param {any} burst @param {boolean} runs */
function messageOf(burst, runs) {
  if (burst.state === "done" || burst.state === "stopped") return `The last load: ${burst.message}`;
  if (runs || burst.state === "failed") return burst.message;
  return "Nobody is inside.";
}

export function mountLoad() {
  const form = find("#load");
  const letIn = find("#let-in");
  const one = find("#one-visitor");
  const stop = find("#stop");
  const progress = find("#progress");
  const reason = find("#load-reason");
  const problem = find("#load-problem");
  const fields = form.elements;

  let runs = false;
  let answers = false;

  const chosen = () => [...form.querySelectorAll("[name=variants]:checked")].map((box) => box.value);
  const label = () => `Let ${plural(Number(fields.visitors.value) || 1, "visitor")} in`;

  /** Why nobody can be let in now, or "". */
  function whyNot() {
    if (!answers) return "The server is not answering, so nobody can be let in.";
    if (runs) return "Visitors are inside. Wait for them, or press Stop.";
    if (chosen().length === 0) return "Tick at least one manager.";
    for (const [field, name] of [[fields.visitors, "Visitors"], [fields.seconds, "Seconds"]]) {
      if (!field.checkValidity() || field.value === "") return `${name}: a whole number from ${field.min} to ${field.max}.`;
    }
    return "";
  }

  function refresh() {
    const why = whyNot();
    setText(letIn, label());
    setText(reason, why);
    allow(letIn, !why);
    allow(one, !why);
    allow(stop, runs && answers);
    setText(find("#stop-reason"), runs ? "" : "Nobody is inside, so there is nothing to stop.");
  }

  /** @param {HTMLElement} button @param {string} kind */
  async function start(button, kind) {
    refresh();
    if (!allowed(button)) return;
    runs = true;
    refresh();
    await orSay(problem, () =>
      post("/lab/burst", { kind, variants: chosen(), visitors: Number(fields.visitors.value), seconds: Number(fields.seconds.value), use_dials: fields.use_dials.checked }),
    );
    if (!problem.hidden) runs = false;
    refresh();
  }

  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    start(letIn, fields.kind.value);
  });
  one.addEventListener("click", () => start(one, "one_visitor"));
  stop.addEventListener("click", () => {
    if (allowed(stop)) orSay(problem, () => post("/lab/burst/stop"));
  });
  form.addEventListener("input", refresh);
  refresh();

  /** @param {any} status @param {boolean} serverAnswers */
  return (status, serverAnswers) => {
    answers = serverAnswers;
    if (status) {
      runs = loadRuns(status);
      progress.value = status.burst.done ?? 0;
      setShown(progress, runs);
      setText(find("#load-message"), messageOf(status.burst, runs));
      setData(form, "state", status.burst.state);
    }
    refresh();
  };
}
