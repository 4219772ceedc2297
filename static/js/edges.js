// A table wider than the window fades at its edge until it is scrolled to its end.
import { setData, setShown } from "./dom.js";

const SLACK = 1; // widths are rounded

/** @param {HTMLElement} wrap what scrolls @param {HTMLElement} [hint] says so in words */
export function mountEdge(wrap, hint) {
  const show = () => {
    const beside = wrap.scrollWidth - wrap.clientWidth;
    if (hint) setShown(hint, beside > SLACK);
    setData(wrap, "cut", String(beside - wrap.scrollLeft > SLACK));
  };
  wrap.addEventListener("scroll", show, { passive: true });
  const sizes = new ResizeObserver(show);
  for (const each of [wrap, ...wrap.children]) sizes.observe(each);
}
