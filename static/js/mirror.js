// The charts as a table, for readers who cannot see a chart or want exact numbers. Filled only while it is open.
import { find, make } from "./dom.js";
import { WINDOW_S } from "./plot.js";
import { NOTHING, number } from "./words.js";

const STEP_S = 5;

/** @param {import("./lab-types.js").Counts | undefined} counts */
function cells(counts) {
  if (!counts?.should_be) return Array(5).fill(NOTHING);
  const [low, high] = counts.should_be;
  const expected = low === high ? number(low) : `${number(low)}–${number(high)}`;
  return [number(counts.store), number(counts.statistics), number(counts.database), expected, number(counts.queue)];
}

/** @param {string[]} variants */
export function mountMirror(variants) {
  const details = find("#mirror");
  const body = find("tbody", details);
  let written = "";

  /** @param {import("./history.js").History} history */
  return (history) => {
    if (!details.open || !history.newest) return;
    const newest = history.newest.at;
    const samples = history.last(WINDOW_S);
    const rows = [];
    for (let ago = 0; ago <= WINDOW_S; ago += STEP_S) {
      const sample = samples.findLast((one) => one.at <= newest - ago + 0.05);
      if (!sample) break;
      rows.push([ago === 0 ? "now" : `${ago} s ago`, ...variants.flatMap((name) => cells(sample[name]))]);
    }
    const text = JSON.stringify(rows);
    if (text === written) return;
    written = text;
    body.replaceChildren(...rows.map(([when, ...rest]) => make("tr", {}, make("th", { scope: "row" }, when), ...rest.map((cell) => make("td", {}, cell)))));
  };
}
