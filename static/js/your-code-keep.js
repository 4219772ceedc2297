// Copies and downloads what the page shows.
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

/** @param {string} name @param {string} text */
function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function mountKeeping() {
  for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(/** @type {HTMLElement} */ (button)));
  find("#download").addEventListener("click", () => download("grade_me.py", find("#file").textContent ?? ""));
}
