// Letting visitors in, one load at a time. A button that cannot be pressed says why.
import { orSay, post } from "./api.js";
import { find, setData, setShown, setText } from "./dom.js";
import { loadRuns, SETTLING } from "./verdict.js";
import { plural } from "./words.js";

/** @param {HTMLElement} button @param {boolean} can */
function allow(button, can) {
  const value = String(!can);
  if (button.getAttribute("aria-disabled") !== value) button.setAttribute("aria-disabled", value);
}

/** @param {HTMLElement} button */
const allowed = (button) => button.getAttribute("aria-disabled") !== "true";

/** Has this run had a call? The last load may have been in an earlier one. @param {any} status */
const hadCalls = (status) => Object.values(status.variants).some((state) => Object.keys(state.calls ?? {}).length > 0);

/** @param {any} status @param {boolean} stopping */
function messageOf(status, stopping) {
  const { state, message } = status.burst;
  if (state === "settling") return SETTLING;
  if (state === "running") return stopping ? "Stopping…" : message;
  if (state === "failed") return message;
  if ((state === "done" || state === "stopped") && hadCalls(status)) return `The last load: ${message}`;
  return "Nobody is inside.";
}

export function mountLoad() {
  const form = find("#load");
  const letIn = find("#let-in");
  const one = find("#one-visitor");
  const stop = find("#stop");
  const reset = find("#reset");
  const progress = find("#progress");
  const message = find("#load-message");
  const reason = find("#load-reason");
  const problem = find("#load-problem");
  const fields = form.elements;

  let runs = false;
  let leaving = false; // after Stop, and while cleanup finishes its work
  let answers = false;
  let visitors = Number(fields.visitors.value) || 1; // the last that was valid

  const chosen = () => [...form.querySelectorAll("[name=variants]:checked")].map((box) => box.value);

  /** @param {HTMLInputElement} field */
  const isValid = (field) => field.checkValidity() && field.value !== "";

  /** @param {HTMLInputElement} field @param {string} name */
  const wrong = (field, name) => (isValid(field) ? "" : `${name}: a whole number from ${field.min} to ${field.max}.`);

  /** Why nobody can be let in now, or "". */
  function whyNot() {
    if (!answers) return "The server is not answering, so nobody can be let in.";
    if (runs) return leaving ? "" : "Visitors are inside. Wait for them, or press Stop.";
    if (chosen().length === 0) return "Tick at least one manager.";
    return wrong(fields.visitors, "Visitors") || wrong(fields.seconds, "Seconds");
  }

  function refresh() {
    const why = whyNot();
    if (isValid(fields.visitors)) visitors = Number(fields.visitors.value);
    setText(letIn, `Let ${plural(visitors, "visitor")} in`);
    setText(reason, why);
    const free = answers && !runs && chosen().length > 0 && isValid(fields.seconds);
    setData(reason, "tone", answers && !runs && why ? "bad" : "none");
    allow(letIn, free && isValid(fields.visitors));
    allow(one, free); // it is one visitor, whatever the field says
    allow(stop, runs && !leaving && answers);
    allow(reset, answers && !reset.dataset.busy);
    setText(find("#stop-reason"), !runs ? "Nobody is inside, so there is nothing to stop." : leaving ? "The visitors are leaving already." : "");
  }

  /** @param {HTMLElement} button @param {string} kind */
  async function start(button, kind) {
    refresh();
    if (!allowed(button)) return;
    runs = true;
    leaving = false;
    refresh();
    await orSay(problem, () =>
      post("/lab/burst", { kind, variants: chosen(), visitors, seconds: Number(fields.seconds.value), use_dials: fields.use_dials.checked }),
    );
    if (!problem.hidden) runs = false;
    refresh();
  }

  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    start(letIn, fields.kind.value);
  });
  one.addEventListener("click", () => start(one, "one_visitor"));
  stop.addEventListener("click", async () => {
    if (!allowed(stop)) return;
    leaving = true;
    setText(message, "Stopping…");
    refresh();
    await orSay(problem, () => post("/lab/burst/stop"));
    if (problem.hidden) return;
    leaving = false;
    refresh();
  });
  form.addEventListener("input", refresh);
  refresh();

  /** @param {any} status @param {boolean} serverAnswers */
  function show(status, serverAnswers) {
    answers = serverAnswers;
    if (status) {
      runs = loadRuns(status);
      leaving = status.burst.state === "settling" || (leaving && runs);
      progress.value = status.burst.done ?? 0;
      setShown(progress, runs);
      setText(message, messageOf(status, leaving));
      setData(form, "state", status.burst.state);
    }
    refresh();
  }

  return {
    show,
    /** @returns {import("./verdict.js").Plan} */
    plan: () => ({ visitors, kind: fields.kind.value, managers: chosen() }),
  };
}
