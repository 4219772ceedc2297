// The charts as a table, for readers who cannot see a chart or want exact numbers. Filled only while it is open.
import { find, make } from "./dom.js";
import { NOTHING, number } from "./words.js";

const STEPS_S = [1, 2, 5, 10, 30];
const MOST_ROWS = 13;
const ROUNDED_S = 0.05;

/** @param {import("./lab-types.js").Counts | undefined} counts */
function cells(counts) {
  if (!counts?.should_be) return Array(5).fill(NOTHING);
  const [low, high] = counts.should_be;
  const expected = low === high ? number(low) : `${number(low)}–${number(high)}`;
  return [number(counts.store), number(counts.statistics), number(counts.database), expected, number(counts.queue)];
}

/** @param {() => string[]} shown the managers with a column */
export function mountMirror(shown) {
  const details = find("#mirror");
  const body = find("tbody", details);
  let written = "";

  /** @param {import("./timeframe.js").Timeframe} time */
  return ({ samples, zero, from, to, whole }) => {
    if (!details.open || !samples.length) return;
    const long = Math.floor(whole === null ? -from : to);
    const step = STEPS_S.find((each) => long / each < MOST_ROWS) ?? STEPS_S[STEPS_S.length - 1];
    /** @type {string[][]} */
    const rows = [];
    for (let at = 0; at <= long; at += step) {
      const sample = samples.findLast((one) => one.at <= (whole === null ? zero - at : zero + at) + ROUNDED_S);
      if (!sample) break;
      const when = whole === null ? (at === 0 ? "now" : `${at} s ago`) : `${at} s`;
      rows.push([when, ...shown().flatMap((name) => cells(sample[name]))]);
    }
    const end = samples.at(-1);
    if (whole !== null && end) rows.push([`end, ${(end.at - zero).toFixed(1)} s`, ...shown().flatMap((name) => cells(end[name]))]);
    const text = JSON.stringify(rows);
    if (text === written) return;
    written = text;
    body.replaceChildren(...rows.map(([when, ...rest]) => make("tr", {}, make("th", { scope: "row" }, when), ...rest.map((cell) => make("td", {}, cell)))));
  };
}
