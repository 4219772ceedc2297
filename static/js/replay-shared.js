// What the tasks share, with what the last step changed in it marked.
import { find, make, setData } from "./dom.js";
import { number } from "./words.js";

/** @param {string} change */
const mark = (change) => (change ? [" ", make("span", { class: "change" }, change)] : []);

/** @param {import("./replay-types.js").Fact} fact */
function line({ name, text, change }) {
  return make("li", { "data-change": change }, make("strong", {}, name), " ", make("span", {}, text), ...mark(change));
}

/** @param {import("./replay-types.js").Trace} trace */
export function showShared({ tiles }) {
  for (const { key, figure, was, changed, facts, none } of tiles) {
    const tile = find(`[data-tile="${key}"]`);
    const before = was === null ? [] : [make("span", { class: "change" }, `was ${number(was)}`), " "];
    find("[data-figure]", tile).replaceChildren(...before, number(figure));
    setData(tile, "changed", String(changed));
    const lines = facts.map(line);
    find("[data-list]", tile).replaceChildren(...(lines.length || !none ? lines : [make("li", { class: "nothing" }, none)]));
  }
}
