// A button that copies a picture as text, to paste elsewhere.
import { find, setText } from "./dom.js";

const SAID_MS = 2000;

/**
 * @param {HTMLElement} button
 * @param {() => Node} picture
 */
export function mountCopy(button, picture) {
  const label = find("span", button);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(new XMLSerializer().serializeToString(picture()));
      setText(label, "Copied");
    } catch {
      setText(label, "The browser does not allow it");
    }
    setTimeout(() => setText(label, "Copy as SVG"), SAID_MS);
  });
}
