// The single keys of a player. They act while the focus is in it, in no field, and not at all when they are switched off: a letter
// pressed elsewhere may be meant for a screen reader, or be said to one that types what it hears (WCAG 2.1.4).
import { find } from "./dom.js";
import { remember, remembered } from "./remembered.js";

const KEY = "race-lab-keys";
const FIELDS = "input, textarea, select, [contenteditable]";

/** @param {KeyboardEvent} event */
function isMeant({ key, ctrlKey, metaKey, altKey, shiftKey, target }) {
  const joined = ctrlKey || metaKey || altKey || (shiftKey && key.length > 1); // shift with a letter is still the letter
  return !joined && !(target instanceof Element && target.closest(FIELDS));
}

/** @param {HTMLElement} player @param {(key: string) => (() => void) | undefined | false | null} does what a key does here, if anything */
export function mountKeys(player, does) {
  const allowed = find("[data-keys]", player);
  allowed.checked = remembered(KEY) !== "off";
  allowed.addEventListener("change", () => remember(KEY, allowed.checked ? null : "off"));
  player.addEventListener("keydown", (event) => {
    const act = allowed.checked && isMeant(event) && does(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
