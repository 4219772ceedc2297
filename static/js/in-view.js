// A box that scrolls inside of itself shows the line that counts, and stays as it is while that line is well in view.
const AROUND = 0.3; // so much of the box has to be seen above the line, and below

/** @param {HTMLElement} box @param {string} [otherwise] what counts where no line is the current one, as a selector */
export function showCurrent(box, otherwise) {
  const current = /** @type {HTMLElement | null} */ (box.querySelector("[aria-current]") ?? (otherwise ? box.querySelector(otherwise) : null));
  if (!current || box.scrollHeight <= box.clientHeight) return;
  const margin = AROUND * box.clientHeight;
  const [top, bottom] = [current.offsetTop, current.offsetTop + current.offsetHeight];
  if (top - margin >= box.scrollTop && bottom + margin <= box.scrollTop + box.clientHeight) return;
  box.scrollTop = Math.min(top, top + (current.offsetHeight - box.clientHeight) / 2);
}
