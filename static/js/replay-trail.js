// The steps taken, a lane for each task, so that an order can be seen at a glance. Each step can be pressed to go back to it.
import { find, make, setData, setText } from "./dom.js";

/** @param {string} task @param {number} lane @param {number} number @param {string} kind empty if the step is still to come @param {string} label @param {string} did */
function chip(task, lane, number, kind, label, did) {
  const button = make("button", { type: "button", class: "chip", "data-at": String(number), title: `Step ${number}, ${task}: ${did}` },
    make("span", { class: "visually-hidden" }, `Step ${number}, ${task}: `), label);
  const item = make("li", { "data-task": task, "data-kind": kind }, button);
  item.style.setProperty("--at", String(number));
  item.style.setProperty("--lane", String(lane));
  return item;
}

/** @param {(count: number) => void} goTo */
export function mountTrail(goTo) {
  const lanes = find("#lanes");
  const trail = find("#trail");
  trail.addEventListener("click", (/** @type {Event} */ event) => {
    const at = /** @type {HTMLElement} */ (event.target).closest("[data-at]");
    if (at instanceof HTMLElement) goTo(Number(at.dataset.at));
  });

  /** @param {import("./replay-types.js").Trace} trace @param {import("./replay-order.js").Order} order */
  return (trace, order) => {
    const focused = trail.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.at : undefined;
    const names = trace.tasks.map((one) => one.task);
    const laneOf = (/** @type {string} */ task) => Math.max(0, names.indexOf(task)) + 1;
    const taken = trace.steps.map(({ task, kind, label, did }, index) => chip(task, laneOf(task), index + 1, kind, label, did));
    taken.at(-1)?.setAttribute("aria-current", "step");
    const ahead = order.ahead.map((task, index) => chip(task, laneOf(task), taken.length + index + 1, "", "to come", "still to come"));
    trail.replaceChildren(...taken, ...ahead);
    lanes.style.setProperty("--steps", String(taken.length + ahead.length));
    setData(lanes, "empty", String(taken.length + ahead.length === 0));
    setText(find("#order-heading"), taken.length ? `Schedule: ${trace.schedule}` : "Schedule");
    if (focused) trail.querySelector(`[data-at="${focused}"]`)?.focus();
    const edge = /** @type {HTMLElement | undefined} */ (taken.at(-1));
    lanes.scrollLeft = edge ? edge.offsetLeft + edge.offsetWidth - lanes.clientWidth + 48 : 0;
  };
}
