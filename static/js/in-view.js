// A box that scrolls inside of itself shows the line that counts, and stays as it is while that line is in view.

/** @param {HTMLElement} box @param {number} [margin] how much has to be seen above and below, in pixels */
export function showCurrent(box, margin = 32) {
  const current = /** @type {HTMLElement | null} */ (box.querySelector("[aria-current]"));
  if (!current || box.scrollHeight <= box.clientHeight) return;
  const [top, bottom] = [current.offsetTop, current.offsetTop + current.offsetHeight];
  if (top - margin >= box.scrollTop && bottom + margin <= box.scrollTop + box.clientHeight) return;
  box.scrollTop = Math.min(top, top + (current.offsetHeight - box.clientHeight) / 2);
}
