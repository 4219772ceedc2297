// Buttons that tell the server something are off while it does not answer: those with `data-writes`. One whose own answer is still
// to come is `data-busy`. Each stays in the tab order, and a press on it does nothing.
import { allow } from "./dom.js";

export function mountWriters() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("button[data-writes]")]);
  document.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest('button[data-writes][aria-disabled="true"]')) event.stopPropagation();
  }, true);

  /** @param {boolean} answers whether the server does */
  return (answers) => {
    for (const button of buttons) allow(button, answers && !button.dataset.busy);
  };
}
