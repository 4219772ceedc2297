// The script of the page of one loss: the theme, and the picture as text to paste elsewhere.
import { find, setText } from "./dom.js";
import { lossOpened } from "./guide-thread.js";
import { mountTheme } from "./theme.js";

const SAID_MS = 2000;
const button = find("#copy");

mountTheme(find("#theme"), () => {});
lossOpened();

button.addEventListener("click", async () => {
  const label = find("span", button);
  try {
    await navigator.clipboard.writeText(new XMLSerializer().serializeToString(find(".loss-drawn svg")));
    setText(label, "Copied");
  } catch {
    setText(label, "The browser does not allow it");
  }
  setTimeout(() => setText(label, "Copy as SVG"), SAID_MS);
});
