// The form: what is graded, and the part of it that most grades do without.
import { find, setShown, setText } from "./dom.js";
import { mountDraft } from "./your-code-draft.js";
import { EXAMPLES } from "./your-code-examples.js";

/** @typedef {import("./your-code-types.js").Grade} Grade */
/** @typedef {import("./your-code-types.js").Graded} Graded */
const LISTS = ["first", "calls", "tasks", "then", "holds", "ignore"];
const TEXTS = ["name", "new", "spec"];
const QUIET = "how it is made, called and judged; the grader chooses what is left empty";
const SECONDS = "30";

/** @param {string} text */
const linesOf = (text) => text.split("\n").filter((line) => line.trim());

/**
 * @param {HTMLFormElement} form
 * @param {() => void} forget what the lab has kept
 * @returns {{asked: () => Record<string, any>, pick: (word: string, pasted: boolean) => boolean, hold: (grade: Grade) => void, refine: (graded: Graded) => void, goTo: (number: number) => void, focus: () => void}}
 */
export function mountForm(form, forget) {
  const more = find("#more");
  const draft = mountDraft(find("#source"), () => {
    fit();
    forget();
  });
  const kind = () => find("[name=kind]:checked", form).value;

  /** Which part is shown; and a closed More says what is set in it. */
  function fit() {
    for (const part of form.querySelectorAll("[data-for]")) setShown(part, part.dataset.for === kind());
    const names = [...TEXTS, ...LISTS].filter((id) => find(`#${id}`).value.trim() && !find(`#${id}`).closest("[hidden]"));
    const set = names.map((id) => find(`label[for=${id}]`).firstChild?.textContent?.trim().toLowerCase() ?? id);
    if (find("#unobserved").checked) set.push("nothing is observed");
    if (find("#model").value !== "gil") set.push("free-threaded");
    if (find("#seconds").value !== SECONDS) set.push(`${find("#seconds").value} s`);
    setText(find("#more-set"), set.length ? `set: ${set.join(", ")}` : QUIET);
    find("#then").disabled = find("#unobserved").checked;
    draft.fit();
  }

  function clear() {
    for (const id of [...TEXTS, ...LISTS]) find(`#${id}`).value = "";
    find("#unobserved").checked = false;
    find("#model").value = "gil";
    find("#seconds").value = SECONDS;
  }

  form.addEventListener("change", fit);
  form.addEventListener("input", fit);
  form.addEventListener("click", (/** @type {Event} */ event) => {
    const example = /** @type {HTMLElement} */ (event.target).closest("[data-example]");
    if (!(example instanceof HTMLElement)) return;
    clear();
    find("#source").value = EXAMPLES[example.dataset.example ?? ""];
    fit();
    find("#grade").focus();
  });
  form.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  fit();

  return {
    asked() {
      const seconds = find("#seconds").valueAsNumber;
      const lists = Object.fromEntries(LISTS.map((id) => [id, linesOf(find(`#${id}`).value)]));
      draft.keep();
      return {
        ...(kind() === "paste" ? { source: find("#source").value, name: find("#name").value } : { target: find("#target").value }),
        ...lists,
        then: find("#unobserved").checked ? [] : lists.then.length ? lists.then : null,
        new: find("#new").value,
        spec: find("#spec").value,
        model: find("#model").value,
        seconds: Number.isFinite(seconds) ? seconds : Number(SECONDS),
      };
    },
    /** Another class of the same source or file; false if the source is not here. */
    pick(word, pasted) {
      if (pasted && !find("#source").value.trim()) return false;
      find(`[name=kind][value=${pasted ? "paste" : "name"}]`, form).checked = true;
      if (pasted) find("#name").value = word.slice(word.indexOf(":") + 1);
      else find("#target").value = word;
      fit();
      return true;
    },
    /** What was graded, perhaps in another browser. */
    hold({ pasted, source, target }) {
      find(`[name=kind][value=${pasted ? "paste" : "name"}]`, form).checked = true;
      if (pasted) draft.hold(source);
      else find("#target").value = target;
      fit();
    },
    /** What the grader has chosen, to be edited. */
    refine(graded) {
      find("#new").value = graded.new;
      find("#spec").value = graded.spec;
      for (const id of /** @type {const} */ (["first", "calls", "then", "holds", "ignore"])) find(`#${id}`).value = graded[id].join("\n");
      find("#tasks").value = graded.tasks.map((calls) => calls.join("; ")).join("\n");
      if (graded.tasks.length) find("#calls").value = "";
      find("#unobserved").checked = graded.then.length === 0;
      more.open = true;
      fit();
      find(graded.tasks.length ? "#tasks" : "#calls").focus();
    },
    /** Select a line of the source. */
    goTo(number) {
      const source = find("#source");
      const lines = source.value.split("\n");
      const from = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
      source.focus({ preventScroll: true });
      source.setSelectionRange(from, from + (lines[number - 1] ?? "").length);
      source.scrollTop = (source.scrollHeight * (number - 1)) / lines.length - source.clientHeight / 2;
    },
    focus: () => find(kind() === "paste" ? "#source" : "#target").focus(),
  };
}
