// The dead letters of each manager that keeps them: listed, and retried or discarded on request only.
import { get, orSay, post } from "./api.js";
import { find, make, setShown, setText } from "./dom.js";
import { clock, number, plural } from "./words.js";

const SHOWN = 100;

/** @param {HTMLDetailsElement} details */
function mountOne(details) {
  const path = `/lab/dead-letters/${details.dataset.deadLetters}`;
  const problem = find("[data-dead-problem]", details);
  const said = find("[data-dead-said]", details);
  const items = find("[data-dead-list]", details);
  let listed = -1;
  let count = 0;

  async function load() {
    listed = count;
    /** @type {import("./lab-types.js").DeadLetter[]} */
    const letters = (await get(path)).dead_letters;
    const rows = letters.slice(0, SHOWN).map((letter) =>
      make("li", {}, make("code", {}, letter.session_id), make("span", {}, `${plural(letter.attempts, "attempt")}, since ${clock(letter.since)}`)));
    if (letters.length > SHOWN) rows.push(make("li", {}, `and ${number(letters.length - SHOWN)} more`));
    items.replaceChildren(...rows);
    setShown(find("[data-dead-empty]", details), letters.length === 0);
  }

  for (const button of /** @type {NodeListOf<HTMLElement>} */ (details.querySelectorAll("[data-dead-do]"))) {
    button.addEventListener("click", () =>
      orSay(problem, async () => {
        const answer = await post(`${path}/${button.dataset.deadDo}`);
        const retried = button.dataset.deadDo === "retry";
        const again = retried && answer.count ? " Ids of odd length fail again: cleanup cannot remove them." : "";
        setText(said, `${plural(answer.count, "id")} ${retried ? "queued again" : "discarded"}.${again}`);
        await load();
      }));
  }
  details.addEventListener("toggle", () => {
    if (details.open) orSay(problem, load);
  });

  /** @param {import("./lab-types.js").Counts | undefined} counts */
  return (counts) => {
    if (!counts) return;
    count = counts.dead_letters;
    setText(find("[data-dead-count]", details), number(count));
    if (details.open && count !== listed) orSay(problem, load);
  };
}

export function mountDeadLetters() {
  const places = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("[data-dead-letters]")]);
  const each = places.map((details) => ({ name: details.dataset.deadLetters ?? "", show: mountOne(details) }));

  /** @param {import("./lab-types.js").Sample | undefined} sample */
  return (sample) => each.forEach(({ name, show }) => show(sample?.[name]));
}
