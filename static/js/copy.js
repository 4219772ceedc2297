// Buttons that copy what the page shows: `data-copy` says what.
import { find, setText } from "./dom.js";

const COPIED_MS = 1500;

/** @param {HTMLElement} button whose `data-copy` says what */
async function copy(button) {
  const label = find("span", button);
  const place = find(button.dataset.copy ?? "");
  try {
    await navigator.clipboard.writeText(place.textContent ?? "");
    setText(label, "Copied");
  } catch {
    getSelection()?.selectAllChildren(place);
    setText(label, "Selected");
  }
  setTimeout(() => setText(label, "Copy"), COPIED_MS);
}

/** @param {ParentNode} [within] */
export function mountCopies(within = document) {
  for (const button of within.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(/** @type {HTMLElement} */ (button)));
}
