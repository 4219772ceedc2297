// What the tasks share, and what the last step changed in it, together with what the scenario does when all have ended.
import { find, make, setData, setShown, setText } from "./dom.js";
import { number } from "./words.js";

/** @typedef {{key: string, name: string, text: string}} Fact a line of a tile; its key is the same after each step */
/** @typedef {"" | "new" | "changed" | "gone"} Change */

/** @param {any} session @param {string} [note] @returns {Fact} */
function sessionFact(session, note = "") {
  const keys = Object.entries(session.keys).map(([key, value]) => `${key}=${value}`);
  const marks = [session.authenticated ? "" : "not authenticated", note].filter(Boolean);
  return { key: session.id, name: session.id, text: [`count ${session.count}`, ...keys, ...marks].join(", ") };
}

/** @param {any} shared @param {any} row */
function rowNote(shared, row) {
  if (shared.dead_letters.includes(row.id)) return "given up on";
  return shared.queue.includes(row.id) || row.deleted ? "waits for cleanup" : "";
}

/** What each tile says: one number, and its facts. @type {Record<string, (shared: any) => {figure: number, facts: Fact[], none: string}>} */
const TILES = {
  store: ({ store }) => ({ figure: store.length, facts: store.map((/** @type {any} */ one) => sessionFact(one)), none: "no session" }),
  active: ({ active }) => ({ figure: active, facts: [], none: "" }),
  database: (shared) => ({
    figure: shared.database.filter((/** @type {any} */ row) => !shared.queue.includes(row.id) && !shared.dead_letters.includes(row.id)).length,
    facts: shared.database.map((/** @type {any} */ row) => sessionFact(row, rowNote(shared, row))),
    none: "no row",
  }),
  queue: ({ queue, dead_letters: dead }) => ({
    figure: queue.length + dead.length,
    facts: [
      ...queue.map((/** @type {string} */ id, /** @type {number} */ place) => ({ key: `${id} ${place - queue.indexOf(id)}`, name: id, text: "in the queue" })),
      ...dead.map((/** @type {string} */ id) => ({ key: `dead ${id}`, name: id, text: "dead letter" })),
    ],
    none: "nothing waits",
  }),
  held: ({ held }) => ({
    figure: held.length,
    facts: held.map((/** @type {any} */ one) => ({ key: `${one.task} ${one.lock}`, name: one.task, text: `holds the ${one.lock}${one.how === "read" ? ", to read" : ""}` })),
    none: "all are free",
  }),
};

/** @param {Fact} fact @param {Change} change */
function line(fact, change) {
  const item = make("li", { "data-change": change }, make("strong", {}, fact.name), " ", make("span", {}, fact.text));
  if (change) item.append(" ", make("span", { class: "change" }, change));
  return item;
}

/** The facts of now with what became of them, and after them those that are gone. @param {Fact[]} before @param {Fact[]} now */
function lines(before, now) {
  const old = new Map(before.map((fact) => [fact.key, fact.text]));
  const kept = new Set(now.map((fact) => fact.key));
  const there = now.map((fact) => line(fact, !old.has(fact.key) ? "new" : old.get(fact.key) !== fact.text ? "changed" : ""));
  return [...there, ...before.filter((fact) => !kept.has(fact.key)).map((fact) => line(fact, "gone"))];
}

/** @param {any} trace */
export function showShared(trace) {
  const now = trace.afterwards?.shared ?? trace.steps.at(-1)?.shared ?? trace.before;
  const before = trace.steps.length > 1 ? trace.steps.at(-2).shared : trace.before;
  setText(find("#afterwards"), trace.afterwards ? `After the last step ${trace.afterwards.happened}: this is what was there then.` : "");
  setShown(find("#afterwards"), trace.afterwards !== null);
  for (const tile of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tile]"))) {
    const say = TILES[tile.dataset.tile ?? ""];
    const [was, is] = [say(before), say(now)];
    const told = lines(was.facts, is.facts);
    const changed = was.figure !== is.figure || told.some((item) => item.dataset.change);
    find("[data-figure]", tile).replaceChildren(...(was.figure === is.figure ? [] : [make("span", { class: "change" }, `was ${number(was.figure)}`), " "]), number(is.figure));
    setData(tile, "changed", String(changed));
    find("[data-list]", tile).replaceChildren(...(told.length || !is.none ? told : [make("li", { class: "nothing" }, is.none)]));
  }
}
