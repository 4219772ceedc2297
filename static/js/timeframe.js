// What part of time the charts show: the last minute while anything goes on; the whole of the last load once it has come to rest,
// with its beginning and its end, for as long as nothing else happens.

/** @typedef {import("./lab-types.js").Sample} Sample */
/** @typedef {{samples: Sample[], zero: number, from: number, to: number, whole: number | null}} Timeframe `zero` is when the axis says 0; `whole` is how many seconds a load took that has ended */
/** @typedef {{first: number, last: number, ended: number}} Bounds of the last load: the samples before its first call, after its last one, and after its last effect; -1 if there is none */

const WINDOW_S = 60;
const SHORTEST_S = 20;
const BEFORE_S = 3;
const REST_S = 2;
export const APART_S = 5; // calls with a longer pause between them belong to two loads
const MARGIN = 0.04;

/** @param {Sample} sample @param {string[]} variants @returns {number} all calls that have ended */
export const calls = (sample, variants) => variants.reduce((sum, name) => sum + (sample[name] ? sample[name].acknowledged + sample[name].failed + sample[name].unknown : 0), 0);

/** @param {Sample} sample @param {string[]} variants @returns {string} what a load moves */
export const moved = (sample, variants) => variants.map((name) => [sample[name]?.store, sample[name]?.statistics, sample[name]?.database, sample[name]?.queue]).join();

/**
 * @param {Sample[]} samples oldest first
 * @param {string[]} variants
 * @param {boolean} rests whether no load runs
 * @returns {Timeframe}
 */
export function timeframe(samples, variants, rests) {
  const found = rests ? bounds(samples, variants) : null;
  if (!found || found.first === -1 || !isOver(samples, found)) return live(samples, variants);
  const { first, last, ended } = found;
  return whole(samples, samples[first].at, samples[last].at, samples[ended].at);
}

/**
 * Whether the last load is over, and began before the oldest of the samples: they do not have the whole of it.
 * @param {Sample[]} samples @param {string[]} variants
 */
export function reachesFurther(samples, variants) {
  const found = bounds(samples, variants);
  return samples.length > 0 && found.first <= 0 && calls(samples[0], variants) > 0 && isOver(samples, found);
}

/**
 * @param {Sample[]} samples those of a load, and others
 * @param {number} zero @param {number} last @param {number} ended when it began, when its last call ended, and when its last effect was seen
 * @returns {Timeframe}
 */
export function whole(samples, zero, last, ended) {
  const to = ended - zero;
  const margin = Math.max(0.5, to * MARGIN);
  const within = since(samples, zero - margin).filter(({ at }) => at <= ended + margin);
  return { samples: within, zero, from: -margin, to: to + margin, whole: last - zero };
}

/** With the one before, which still held then. @param {Sample[]} samples @param {number} when */
const since = (samples, when) => samples.slice(Math.max(0, samples.findLastIndex(({ at }) => at <= when)));

/** @param {Sample[]} samples @param {Bounds} bounds */
const isOver = (samples, { ended }) => ended === -1 || samples[samples.length - 1].at - samples[ended].at >= REST_S;

/** @param {Sample[]} samples @param {string[]} variants @returns {Bounds} */
function bounds(samples, variants) {
  const found = { first: -1, last: -1, ended: -1 };
  for (let at = samples.length - 1; at > 0; at -= 1) {
    const called = calls(samples[at], variants) !== calls(samples[at - 1], variants);
    if (found.first !== -1 && samples[found.first].at - samples[at].at > APART_S) break;
    if (called) found.first = at - 1;
    if (called && found.last === -1) found.last = at;
    if (found.ended === -1 && (called || moved(samples[at], variants) !== moved(samples[at - 1], variants))) found.ended = at;
  }
  return found;
}

/** @param {Sample[]} samples @param {string[]} variants @returns {Timeframe} from just before the first activity, at most a minute */
function live(samples, variants) {
  const zero = samples.at(-1)?.at ?? 0;
  const recent = since(samples, zero - WINDOW_S);
  const began = recent.findIndex((sample) => calls(sample, variants) !== calls(recent[0], variants));
  const span = began === -1 ? WINDOW_S : Math.min(WINDOW_S, Math.max(SHORTEST_S, BEFORE_S + zero - recent[began].at));
  return { samples: recent, zero, from: -span, to: 0, whole: null };
}
