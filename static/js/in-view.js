// A box that scrolls inside of itself shows the line that counts, and stays as it is while that line is well in view.
const AROUND = 0.3; // so much of the box has to be seen above the line, and below

/** @param {HTMLElement} box */
export function showCurrent(box) {
  const current = /** @type {HTMLElement | null} */ (box.querySelector("[aria-current]"));
  if (!current || box.scrollHeight <= box.clientHeight) return;
  const margin = AROUND * box.clientHeight;
  const [top, bottom] = [current.offsetTop, current.offsetTop + current.offsetHeight];
  if (top - margin >= box.scrollTop && bottom + margin <= box.scrollTop + box.clientHeight) return;
  box.scrollTop = Math.min(top, top + (current.offsetHeight - box.clientHeight) / 2);
}
