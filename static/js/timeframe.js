// What part of time the charts show: the last minute while anything goes on; the whole of the last load once it has come to rest,
// with its beginning and its end, for as long as nothing else happens.

/** @typedef {import("./lab-types.js").Sample} Sample */
/** @typedef {{samples: Sample[], zero: number, from: number, to: number, whole: number | null}} Timeframe `zero` is when the axis says 0; `whole` is how many seconds a load took that has ended */

const WINDOW_S = 60;
const SHORTEST_S = 20;
const BEFORE_S = 3;
const REST_S = 2;
const APART_S = 5; // calls with a longer pause between them belong to two loads
const MARGIN = 0.04;

/** @param {Sample} sample @param {string[]} variants @returns {number} all calls that have ended */
const calls = (sample, variants) => variants.reduce((sum, name) => sum + (sample[name] ? sample[name].acknowledged + sample[name].failed + sample[name].unknown : 0), 0);

/** @param {Sample} sample @param {string[]} variants @returns {string} what a load moves */
const moved = (sample, variants) => variants.map((name) => [sample[name]?.store, sample[name]?.statistics, sample[name]?.database, sample[name]?.queue]).join();

/**
 * @param {Sample[]} samples oldest first
 * @param {string[]} variants
 * @param {boolean} rests whether no load runs
 * @returns {Timeframe}
 */
export function timeframe(samples, variants, rests) {
  const load = rests ? lastLoad(samples, variants) : null;
  return load ?? live(samples, variants);
}

/** @param {Sample[]} samples @param {string[]} variants @returns {Timeframe | null} */
function lastLoad(samples, variants) {
  let first = -1;
  let last = -1;
  let ended = -1;
  for (let at = samples.length - 1; at > 0; at -= 1) {
    const called = calls(samples[at], variants) !== calls(samples[at - 1], variants);
    if (first !== -1 && samples[first].at - samples[at].at > APART_S) break;
    if (called) first = at - 1;
    if (called && last === -1) last = at;
    if (ended === -1 && (called || moved(samples[at], variants) !== moved(samples[at - 1], variants))) ended = at;
  }
  const newest = samples.at(-1);
  if (first === -1 || !newest || newest.at - samples[ended].at < REST_S) return null;
  const zero = samples[first].at;
  const to = samples[ended].at - zero;
  const margin = Math.max(0.5, to * MARGIN);
  const within = samples.filter(({ at }) => at >= zero - margin && at <= zero + to + margin);
  return { samples: within, zero, from: -margin, to: to + margin, whole: samples[last].at - zero };
}

/** @param {Sample[]} samples @param {string[]} variants @returns {Timeframe} from just before the first activity, at most a minute */
function live(samples, variants) {
  const zero = samples.at(-1)?.at ?? 0;
  const recent = samples.filter(({ at }) => at >= zero - WINDOW_S);
  const began = recent.findIndex((sample) => calls(sample, variants) !== calls(recent[0], variants));
  const span = began === -1 ? WINDOW_S : Math.min(WINDOW_S, Math.max(SHORTEST_S, BEFORE_S + zero - recent[began].at));
  return { samples: recent, zero, from: -span, to: 0, whole: null };
}
