// Hints, opened one after another. Those that are open stay readable.
import { find, setShown, setText } from "./dom.js";

/** @param {(schedule: string) => void} follow what to do with a way that is for this manager */
export function mountHints(follow) {
  const button = find("#hint");
  const list = find("#hints");
  const hints = /** @type {HTMLElement[]} */ ([...list.children]);
  let open = 0;

  function refresh() {
    const left = hints.length - open;
    button.setAttribute("aria-disabled", String(left === 0));
    setText(find("span", button), open === 0 ? "Give me a hint" : left ? `Next hint, ${open + 1} of ${hints.length}` : "All hints are open");
    setText(find("#hint-reason"), left ? "" : "There are no more.");
    hints.forEach((hint, index) => setShown(hint, index < open));
  }

  button.addEventListener("click", () => {
    if (open < hints.length) open += 1;
    refresh();
    list.scrollTop = list.scrollHeight;
  });
  const way = list.querySelector("[data-way]");
  way?.addEventListener("click", (/** @type {Event} */ event) => {
    if (way.dataset.way !== find("main").dataset.variant) return;
    event.preventDefault();
    follow(way.dataset.schedule);
  });
  refresh();
}
