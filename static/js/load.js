// Runs one load at a time. A disabled button has a reason beside it.
import { orSay, post } from "./api.js";
import { allow, find, setData, setShown, setText } from "./dom.js";
import { outsideMessage, whyNotNow } from "./outside.js";
import { anyLoadRuns, loadRuns, SETTLING } from "./verdict.js";
import { plural } from "./words.js";

/** @param {HTMLElement} button */
const allowed = (button) => button.getAttribute("aria-disabled") !== "true";

const AFTERWARDS_MS = 4000;

/** Whether the last load belongs to this run. @param {import("./lab-types.js").Status} status */
const isOfThisRun = (status) => status.burst.run === status.run;

/** @param {import("./lab-types.js").Status} status @param {boolean} stopping @param {number} rate calls per second */
function messageOf(status, stopping, rate) {
  const { state, message } = status.burst;
  const outside = outsideMessage(status, rate);
  if (outside) return outside;
  if (state === "settling") return SETTLING;
  if (state === "running") return stopping ? "Stopping…" : message;
  if (state === "failed") return message;
  if ((state === "done" || state === "stopped") && isOfThisRun(status)) return `Last load: ${message}`;
  return "No load is running.";
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
  let leaving = false; // after Stop, and while cleanup runs to its end
  let missing = "The server has not answered yet"; // or why there are no numbers; "" while there are
  let ranMs = performance.now(); // when a known load may last have run: its calls do not come from outside beside it
  /** @type {import("./lab-types.js").Status | null} */
  let known = null;
  let visitors = Number(fields.visitors.value) || 1; // the last that was valid

  const chosen = () => [...form.querySelectorAll("[name=variants]:checked")].map((box) => box.value);

  /** @param {HTMLInputElement} field */
  const isValid = (field) => field.checkValidity() && field.value !== "";

  /** @param {HTMLInputElement} field @param {string} name */
  const wrong = (field, name) => (isValid(field) ? "" : `${name}: a whole number from ${field.min} to ${field.max}.`);

  /** Why no load can start now, or "". */
  function whyNot() {
    if (missing) return `${missing}, so no load can start.`;
    if (runs) return leaving ? "" : "A load is running. Wait for its end, or press Stop.";
    if (whyNotNow(known)) return known?.outside?.stopping ? "Wait for its end." : whyNotNow(known);
    if (chosen().length === 0) return "Tick at least one manager.";
    return wrong(fields.visitors, "Users") || wrong(fields.seconds, "Seconds");
  }

  function refresh() {
    const why = whyNot();
    if (isValid(fields.visitors)) visitors = Number(fields.visitors.value);
    setText(letIn, `Run ${plural(visitors, "user")}`);
    setText(reason, why);
    const outside = known?.outside;
    const free = !missing && !runs && !outside && chosen().length > 0 && isValid(fields.seconds);
    setData(reason, "tone", !missing && !runs && !outside && why ? "bad" : "none");
    allow(letIn, free && isValid(fields.visitors));
    allow(one, free); // it is one user, whatever the field contains
    allow(stop, !missing && ((runs && !leaving) || Boolean(outside && !outside.stopping)));
    allow(reset, !missing && !reset.dataset.busy);
    setText(find("#stop-reason"), !runs && !outside ? "No load is running." : leaving || outside?.stopping ? "The load is already stopping." : "");
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

  /** @param {import("./lab-types.js").Status | null} status @param {string} whyNone why there are no numbers @param {number} rate calls per second */
  function show(status, whyNone, rate) {
    missing = whyNone;
    if (status) {
      known = status;
      runs = loadRuns(status);
      if (anyLoadRuns(status)) ranMs = performance.now();
      leaving = status.burst.state === "settling" || (leaving && runs);
      progress.value = status.burst.done;
      setShown(progress, runs);
      const others = status.outside || performance.now() - ranMs > AFTERWARDS_MS;
      setText(message, messageOf(status, leaving, others ? rate : 0));
      setData(form, "state", status.burst.state);
    }
    refresh();
  }

  return {
    show,
    /** @returns {import("./verdict.js").Plan} */
    plan: () => ({ visitors, kind: fields.kind.value, managers: chosen(), of: form.querySelectorAll("[name=variants]").length }),
  };
}
