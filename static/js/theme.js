// Light and dark: follows the system until the button is pressed, then stores the choice.
import { find, setText } from "./dom.js";

const KEY = "race-lab-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark"} */
function current() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

/**
 * @param {HTMLElement} button
 * @param {() => void} onChange called after the colours changed, for what is drawn on a canvas
 */
export function mountTheme(button, onChange) {
  const label = () => setText(find("span", button), current() === "dark" ? "Light" : "Dark");
  button.addEventListener("click", () => {
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch { /* not remembered, still applied */ }
    label();
    onChange();
  });
  system.addEventListener("change", () => {
    label();
    onChange();
  });
  label();
}
