// A column for each task: its operations, the source it is in with the line that comes next, and the values it holds.
import { find, icon, make, setData, setText } from "./dom.js";
import { showCurrent } from "./in-view.js";

/** @typedef {import("./replay-types.js").Task} Task */
/** @typedef {import("./replay-types.js").Line} Line */

const SIGNS = { BUG: "✕", FIX: "✓", "": "" };
const SYMBOLS = { ok: "agree", refused: "disagree", unknown: "unknown", current: "step", later: "none" };

/** Text that may be broken after a dot or a bracket, and so not within a name. @param {string} text */
const breakable = (text) => text.split(/(?<=[.([])/).flatMap((part, index) => (index ? [make("wbr"), part] : [part]));

/** @param {[string, string]} piece */
const tells = ([kind]) => kind === "comment";

/** Lines as a reader sees them who has not found the gap yet: without marks, and without the comments that tell. @param {Line[]} lines */
const unmarked = (lines) => lines.filter(({ mark, pieces }) => !mark || !pieces.every(tells))
  .map((line) => (line.mark ? { ...line, mark: /** @type {const} */ (""), pieces: line.pieces.filter((piece) => !tells(piece)) } : line));

/** @param {Line} line @param {number} at the line that comes next @param {boolean} isNew @param {Line} [above] the line before */
function lineOf(line, at, isNew, above) {
  const marked = line.mark !== above?.mark ? SIGNS[line.mark] : "";
  const sign = line.number === at ? "▶" : marked || (line.changed && !isNew && !line.mark ? "+" : "");
  const pieces = line.pieces.flatMap(([kind, text]) => (kind ? [make("span", { class: kind }, text)] : breakable(text)));
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

/** @param {HTMLElement} column @param {Task} task @param {boolean} hidden */
function showCode(column, { source, at, where, done }, hidden) {
  const lines = hidden ? unmarked(source?.lines ?? []) : source?.lines ?? [];
  const code = find("[data-code]", column);
  setText(find("[data-place]", column), where);
  code.replaceChildren(...lines.map((line, index) => lineOf(line, at, source?.new ?? false, lines[index - 1])));
  setData(code, "ended", String(done));
}

/** @param {HTMLElement} column @param {Task} task */
function showValues(column, { values }) {
  find("[data-values]", column).replaceChildren(...values.map(({ name, value, change }) => {
    const told = make("dd", {}, value);
    if (change) told.append(" ", make("span", { class: "change" }, change));
    return make("div", { "data-change": change }, make("dt", {}, name), told);
  }));
}

/** @param {HTMLElement} column @param {Task} task */
function showOperations(column, { operations }) {
  find("[data-operations]", column).replaceChildren(...operations.map(({ call, answer, state }) => {
    const item = make("li", { "data-state": state }, icon(SYMBOLS[state]), make("code", {}, call));
    if (answer) item.append(" ", make("span", { class: "answer" }, answer));
    return item;
  }));
}

/** A copy of a template for that task. @param {string} name @param {string} task @param {string} role */
function copied(name, task, role) {
  const copy = find(`#${name}`).content.firstElementChild.cloneNode(true);
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const { name: attribute, value } of [...element.attributes]) element.setAttribute(attribute, value.replaceAll("TASK", task));
    if (element.matches("[data-name]")) element.textContent = element.textContent.replaceAll("TASK", task);
    if (element.matches("[data-role]")) element.textContent = role;
  }
  return copy;
}

/** As many columns, steppers and lanes as there are tasks: a thread gets its own when the manager starts it. @param {Task[]} tasks */
function fit(tasks) {
  const names = tasks.map((one) => one.task);
  const [stage, lanes, trail] = [find("#stage"), find("#lanes"), find("#trail")];
  for (const old of document.querySelectorAll("[data-stepper], [data-column], .lane-name")) {
    if (!names.includes(/** @type {HTMLElement} */ (old).dataset.task ?? "")) old.remove();
  }
  for (const { task, role } of tasks) {
    if (stage.querySelector(`[data-stepper="${task}"]`)) continue;
    find(".steps", stage).append(copied("one-stepper", task, role));
    find(".tasks", stage).append(copied("one-column", task, role));
    trail.before(copied("one-lane", task, role));
  }
  for (const element of [stage, lanes]) {
    setData(element, "tasks", String(tasks.length));
    setData(element, "crowded", String(tasks.length > 2));
    element.style.setProperty("--many", String(tasks.length));
  }
}

/** @param {(task: string) => void} step */
export function mountTasks(step) {
  const stage = find("#stage");
  stage.addEventListener("click", (/** @type {Event} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-step]");
    if (button instanceof HTMLElement && button.getAttribute("aria-disabled") !== "true") step(button.dataset.step ?? "");
  });

  /** @param {Task} task @param {boolean} hidden */
  function show(task, hidden) {
    const stepper = find(`[data-stepper="${task.task}"]`, stage);
    const column = find(`[data-column="${task.task}"]`, stage);
    const state = task.done ? "done" : task.ready ? "ready" : "waits";
    setData(stepper, "state", state);
    setData(column, "state", state);
    find("[data-step]", stepper).setAttribute("aria-disabled", String(!task.ready));
    setText(find("[data-reason]", stepper), task.reason);
    showOperations(column, task);
    showCode(column, task, hidden);
    showValues(column, task);
  }

  /** @param {import("./replay-types.js").Trace} trace @param {boolean} hidden whether the marks are */
  return ({ tasks }, hidden) => {
    fit(tasks);
    for (const task of tasks) show(task, hidden);
    setData(stage, "bare", tasks.length > 2 ? "" : tasks.find((task) => !task.source)?.task ?? "");
    for (const code of stage.querySelectorAll("[data-code]")) showCurrent(/** @type {HTMLElement} */ (code), hidden ? "" : "[data-mark=BUG]"); // when all have their size
  };
}
