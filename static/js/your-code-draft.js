// The source that was graded last, kept by this tab of the browser and by the lab; the line that says so, and what forgets it.
import { find, setShown } from "./dom.js";

const KEY = "racelab-source";

/** A browser may keep nothing. */
function kept() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} text of a source; an empty one is forgotten */
function keep(text) {
  try {
    if (text) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch { /* not kept, still graded */ }
}

/**
 * @param {HTMLTextAreaElement} source
 * @param {() => void} forgotten
 * @returns {{keep: () => void, hold: (text: string) => void, fit: () => void}} `hold` what the lab has kept; `fit` when the source has changed
 */
export function mountDraft(source, forgotten) {
  const line = find("#kept-source");
  let last = kept();
  const fit = () => setShown(line, Boolean(source.value) && source.value === last);
  source.value ||= last;
  find("button", line).addEventListener("click", () => {
    keep("");
    last = source.value = "";
    source.focus();
    forgotten();
  });
  return {
    keep() {
      last = source.value;
      keep(last);
      fit();
    },
    hold(text) {
      last = source.value = text;
      fit();
    },
    fit,
  };
}
