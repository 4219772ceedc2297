// The program and its whole trace: a column for each thread, a row for each line that ran.
import { find, make, setShown, setText } from "./dom.js";

/** @typedef {import("./your-code-types.js").Frame} Frame */
/** @typedef {import("./your-code-types.js").Report} Report */
/** @typedef {import("./your-code-types.js").Stepped} Stepped */

/** @param {Report} report @param {number} at the finding among those of the report */
export function showProgram({ graded, findings }, at) {
  const made = [...(graded.new ? [`it = ${graded.new}`] : []), ...findings[at].first];
  setText(find("#made"), made.join("\n"));
  setShown(find("#made"), made.length > 0);
  find("#program").replaceChildren(...findings[at].tasks.map((calls, index) => {
    const task = "ABCDEFGH"[index];
    return make("li", { "data-task": task }, make("span", { class: "badge" }, make("span", { class: "visually-hidden" }, "Thread "), task), make("ol", {}, ...calls.map((call) => make("li", {}, make("code", {}, call)))));
  }));
}

/** @param {Stepped} stepped @param {Frame} frame */
function cellOf({ files }, frame) {
  const { file, just } = frame.stands[frame.task];
  const pieces = files[file]?.lines.find((line) => line.number === just)?.pieces ?? [];
  const source = pieces.map(([, text]) => text).join("");
  return [
    ...(just ? [make("span", { class: "line-number" }, String(just)), " ", make("code", {}, source)] : []),
    make("span", { class: "trace-words" }, `${frame.interrupts ? `interrupts ${frame.interrupts}; ` : ""}${frame.words.join("; ") || "goes on"}`),
  ];
}

/** @param {Stepped} stepped */
export function showTrace(stepped) {
  const { threads, frames } = stepped;
  const head = make("tr", {}, make("th", { scope: "col" }, "Step"), ...threads.map((task) => make("th", { scope: "col", "data-task": task }, `Thread ${task}`)));
  const rows = frames.slice(1, -1).map((frame, index) => {
    const cells = threads.map((task) => make("td", { "data-task": task, "data-runs": String(task === frame.task) }, ...(task === frame.task ? cellOf(stepped, frame) : [])));
    return make("tr", { "data-number": String(index + 1) }, make("td", {}, String(frame.step)), ...cells);
  });
  const last = frames[frames.length - 1];
  const end = make("tr", {}, make("td", {}, "end"), make("td", { colspan: String(threads.length) }, last.words.join("; ") || "all threads have ended"));
  find("#trace thead").replaceChildren(head);
  find("#trace tbody").replaceChildren(...rows, end);
}

/** @param {number} at the frame that is shown */
export function markTrace(at) {
  for (const row of find("#trace tbody").rows) {
    if (row.dataset.number === String(at)) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  }
}
