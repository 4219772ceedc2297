// Which columns the page shows: those of the managers, and each worker's. The choice is the reader's, kept in this browser for
// each set of managers, and changes nothing that is measured. The menu says who is hidden, and the verdict what such a one has lost.
import { find, setData, setShown, setText } from "./dom.js";
import { list, number, plural } from "./words.js";

/** @typedef {import("./verdict.js").Said} Said */

const WORKERS = "*"; // no manager has this name

/** Where a manager has its column. @param {string} name */
const placesOf = (name) => ["verdict", "panel", "result", "column"].map((kind) => `[data-${kind}="${name}"]`).join();

/** What is known of a manager, in brackets. @param {string} name @param {Said | undefined} said */
function inBrackets(name, said) {
  if (!said) return name;
  const { tone, word, vanished } = said;
  if (tone === "busy") return vanished ? `${name} (at least ${number(vanished)} missing)` : name;
  return `${name} (${word}${vanished ? `, ${number(vanished)} vanished` : ""})`;
}

/**
 * The line on hidden managers: it says what is wrong with any of them, so that no loss is overlooked.
 * @param {string[]} hidden @param {Record<string, Said>} said by manager; nothing before the first load
 * @returns {{text: string, tone: "bad" | "none"}}
 */
export function hiddenLine(hidden, said) {
  const bad = hidden.some((name) => said[name]?.tone === "bad" || said[name]?.vanished > 0);
  return { text: `${plural(hidden.length, "manager")} hidden: ${list(hidden.map((name) => inBrackets(name, said[name])))}.`, tone: bad ? "bad" : "none" };
}

/** What was hidden the last time; nothing, if that would leave none. @param {string | null} kept @param {string[]} variants @returns {Set<string>} */
export function keptHidden(kept, variants) {
  let names;
  try {
    names = JSON.parse(kept ?? "[]");
  } catch {
    names = [];
  }
  const known = Array.isArray(names) ? names.filter((name) => name === WORKERS || variants.includes(name)) : [];
  return new Set(variants.every((name) => known.includes(name)) ? [] : known);
}

/** @param {string} key @returns {string | null} */
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {HTMLDetailsElement} menu closes as a menu does: at Escape, and at a press beside it */
function closeLikeAMenu(menu) {
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(/** @type {Node} */ (target))) menu.open = false;
  });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    find("summary", menu).focus();
  });
}

/** @param {string[]} variants @param {() => void} onChange redraws what is made anew at each poll */
export function mountColumns(variants, onChange) {
  const key = `race-lab-columns:${[...variants].sort().join(" ")}`;
  const menu = find("#columns-menu");
  const beside = find("#columns-hidden"); // the menu
  const line = find("#columns-said"); // in the verdict, if a hidden manager has lost something
  const boxes = /** @type {HTMLInputElement[]} */ ([...menu.querySelectorAll("input")]);
  const hidden = keptHidden(stored(key), variants);

  /** @param {string} name */
  const isShown = (name) => !hidden.has(name);
  const shown = () => variants.filter(isShown);

  function apply() {
    const many = shown().length;
    for (const name of variants) for (const place of document.querySelectorAll(placesOf(name))) setShown(/** @type {HTMLElement} */ (place), isShown(name));
    for (const row of [find("#verdict-pair"), find(".columns")]) setData(row, "managers", String(many));
    for (const box of boxes) {
      box.checked = isShown(box.value);
      box.disabled = many === 1 && box.value === shown()[0];
    }
    setData(find(".verdict"), "columns", many < variants.length ? "some" : "all");
    setText(find("#columns-count"), many < variants.length ? `${many} of ${variants.length}` : "");
    setShown(find("#worker-list"), isShown(WORKERS));
  }

  function change() {
    try {
      localStorage.setItem(key, JSON.stringify([...hidden]));
    } catch { /* not remembered, still applied */ }
    apply();
    onChange();
  }

  menu.addEventListener("change", ({ target }) => {
    const { value, checked } = /** @type {HTMLInputElement} */ (target);
    hidden[checked ? "delete" : "add"](value);
    change();
  });
  for (const [place, next] of [[line, find("#verdict")], [beside, find("summary", menu)]]) {
    find("button", place).addEventListener("click", () => {
      for (const name of variants) hidden.delete(name);
      change();
      next.focus(); // the button is gone
    });
  }
  closeLikeAMenu(menu);
  apply();

  return {
    isShown,
    shown,
    /** @param {import("./verdict.js").Saying} saying @param {boolean} several whether several workers share the sessions */
    say({ phase, variants: said }, several) {
      setShown(find("#columns-workers"), several);
      setShown(menu, variants.length > 1 || several);
      const off = variants.filter((name) => !isShown(name));
      const any = off.length > 0 && phase !== "split";
      const { text, tone } = hiddenLine(off, said);
      setShown(beside, any);
      setText(find("span", beside), hiddenLine(off, {}).text);
      setShown(line, any);
      setData(line, "tone", tone);
      setText(find("span", line), text);
    },
  };
}
