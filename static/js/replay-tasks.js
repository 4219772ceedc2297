// A column for each task: its operations, the source it is in with the line that comes next, and the values it holds.
import { find, icon, make, setData, setText } from "./dom.js";

const SIGNS = { BUG: "✕", FIX: "✓" };

/** @param {any} task */
function reasonOf(task) {
  if (task.done) return `${task.task} has ended.`;
  return task.ready ? `Next: ${task.next}.` : `${task.waits}.`;
}

/** @param {any} line @param {number} at the line that comes next @param {boolean} isNew @param {any} [above] the line before */
function lineOf(line, at, isNew, above) {
  const marked = line.mark && line.mark !== above?.mark ? SIGNS[/** @type {"BUG" | "FIX"} */ (line.mark)] : "";
  const sign = line.number === at ? "▶" : marked || (line.changed && !isNew && !line.mark ? "+" : "");
  const pieces = line.pieces.map(([kind, text]) => (kind ? make("span", { class: kind }, text) : text));
  const item = make("li", { "data-mark": line.mark, "data-changed": String(line.changed && !isNew) },
    make("span", { class: "sign", "aria-hidden": "true" }, sign),
    make("span", { class: "line-number", "aria-hidden": "true" }, String(line.number)),
    make("code", {}, ...pieces));
  item.style.setProperty("--indent", String(line.indent));
  if (line.number === at) {
    item.setAttribute("aria-current", "step");
    item.prepend(make("span", { class: "visually-hidden" }, "Next: "));
  }
  return item;
}

/** @param {HTMLElement} column @param {any} task */
function showCode(column, task) {
  const source = task.source;
  const at = task.done || !source ? 0 : task.place?.line ?? source.lines[0].number;
  const code = find("[data-code]", column);
  const isNew = source?.new ? ", which buggy.py does not have" : "";
  const callers = (task.place?.callers ?? []).map((/** @type {string} */ caller) => `, called in ${caller}`).join("");
  setText(find("[data-place]", column), source ? `${source.file}, ${source.function}${isNew}${callers}` : "No code of the manager: this happens around it.");
  const lines = source?.lines ?? [];
  code.replaceChildren(...lines.map((/** @type {any} */ line, /** @type {number} */ index) => lineOf(line, at, source.new, lines[index - 1])));
  setData(code, "ended", String(task.done));
}

/** The values in its function, those that its last step has set marked; of a task that has ended, those it had when it last stopped. @param {HTMLElement} column @param {any} trace @param {any} task */
function showValues(column, trace, task) {
  const last = trace.steps.at(-1);
  const same = last?.task === task.task && last.place && last.place.function === task.place?.function;
  const old = same ? last.place.values : task.place?.values ?? {};
  find("[data-values]", column).replaceChildren(...Object.entries(task.place?.values ?? task.last_values).map(([name, value]) => {
    const change = task.done || old[name] === value ? "" : name in old ? "changed" : "new";
    const told = make("dd", {}, String(value));
    if (change) told.append(" ", make("span", { class: "change" }, change));
    return make("div", { "data-change": change }, make("dt", {}, name), told);
  }));
}

/** How an operation stands, as a symbol. @param {string} answer as the server words it @param {boolean} current */
function symbolOf(answer, current) {
  if (answer.endsWith(": nothing was changed")) return "disagree";
  if (answer.endsWith(": nobody knows whether it took effect")) return "unknown";
  return answer ? "agree" : current ? "step" : "none";
}

/** @param {HTMLElement} column @param {any} task */
function showOperations(column, task) {
  const current = task.operations.findIndex((/** @type {any} */ one) => one.answer === "");
  find("[data-operations]", column).replaceChildren(...task.operations.map((/** @type {any} */ one, /** @type {number} */ index) => {
    const state = one.answer ? "answered" : index === current ? "current" : "later";
    const item = make("li", { "data-state": state }, icon(symbolOf(one.answer, index === current)), make("code", {}, one.call));
    if (one.answer) item.append(" ", make("span", { class: "answer" }, one.answer));
    return item;
  }));
}

/** @param {(task: string) => void} step */
export function mountTasks(step) {
  const stage = find("#stage");
  for (const button of stage.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") step(button.dataset.step);
    });
  }

  /** @param {any} trace @param {any} task */
  function show(trace, task) {
    const stepper = find(`[data-stepper="${task.task}"]`, stage);
    const column = find(`[data-column="${task.task}"]`, stage);
    const state = task.done ? "done" : task.ready ? "ready" : "waits";
    setData(stepper, "state", state);
    setData(column, "state", state);
    find("[data-step]", stepper).setAttribute("aria-disabled", String(!task.ready));
    setText(find("[data-reason]", stepper), reasonOf(task));
    showOperations(column, task);
    showCode(column, task);
    showValues(column, trace, task);
  }

  /** @param {any} trace */
  return (trace) => {
    for (const task of trace.tasks) show(trace, task);
    setData(stage, "bare", trace.tasks.find((/** @type {any} */ task) => !task.source)?.task ?? "");
  };
}
