// The last load of the present run out of the curves that the server keeps, for a page whose samples do not reach back to it: one that
// was opened or shown again minutes later.
import { get } from "./api.js";
import { APART_S, calls, moved, reachesFurther, whole } from "./timeframe.js";

/** @typedef {import("./lab-types.js").Sample} Sample */
/** @typedef {import("./lab-types.js").Status} Status */
/** @typedef {import("./timeframe.js").Timeframe} Timeframe */
/** @typedef {{started_at: number, loads: {began_at: number, ended_at: number | null}[], curves: {at: number[], managers: Record<string, Record<string, number[]>>}}} Kept */

/** @param {Kept} kept @param {Status["variants"]} variants @returns {Sample[]} */
const samplesOf = ({ started_at, curves: { at, managers } }, variants) => at.map((seconds, place) => {
  const of = Object.entries(managers).map(([name, curve]) => [name, {
    ...Object.fromEntries(Object.entries(curve).map(([key, column]) => [key, column[place]])),
    should_be: [curve.expected_low[place], curve.expected_high[place]],
    database: Math.max(0, curve.database[place] - (variants[name]?.left_over ?? 0)),
  }]);
  return { seq: place, at: started_at + seconds, ...Object.fromEntries(of) };
});

/**
 * The whole of it, or null if nothing is known of a load. Requests without one are shown from the first effect of all to the last.
 * @param {Kept} kept @param {Status["variants"]} variants
 * @returns {Timeframe | null}
 */
export function lastKept(kept, variants) {
  const samples = samplesOf(kept, variants);
  const names = Object.keys(variants);
  const effects = samples.filter((sample, place) => place > 0 && moved(sample, names) !== moved(samples[place - 1], names)).map(({ at }) => at);
  let [zero, last] = [effects[0], effects[effects.length - 1]];
  const ended = kept.loads.filter(({ ended_at }) => ended_at !== null).reverse();
  for (const [place, { began_at, ended_at }] of ended.entries()) {
    if (place === 0) last = Number(ended_at);
    else if (zero - Number(ended_at) > APART_S) break;
    zero = began_at;
  }
  return zero === undefined ? null : whole(samples, zero, last, Math.max(last, ...effects));
}

/** @param {() => void} shown is called when it has come */
export function mountKeptLoad(shown) {
  let asked = "";
  /** @type {Timeframe | null} */
  let time = null;

  /**
   * It is asked for once, and again when another load has gone by unseen.
   * @param {Sample[]} samples @param {Status} status @param {boolean} rests @returns {Timeframe | null}
   */
  return (samples, { boot, run, variants }, rests) => {
    const names = Object.keys(variants);
    if (!rests || !reachesFurther(samples, names)) return null;
    const which = `${boot} ${run} ${calls(samples[0], names)}`;
    if (which !== asked) {
      asked = which;
      time = null;
      get(`/lab/runs/${run}`).then((kept) => {
        if (which !== asked) return;
        time = lastKept(kept, variants);
        shown();
      }, () => (asked = ""));
    }
    return time;
  };
}
