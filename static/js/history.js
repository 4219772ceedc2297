// The last samples, up to a fixed number.

const MOST = 1200;

/** @typedef {import("./lab-types.js").Sample} Sample */

export class History {
  /** @type {Sample[]} */
  samples = [];
  /** The newest, if it was not sent but is like the one before it. @type {Sample | null} */
  #held = null;

  /**
   * The rows of an earlier start are no part of the counts: no manager has them in memory, and they are not phantoms.
   * @param {Sample[]} fresh @param {Record<string, {left_over: number}>} [variants] of the status
   */
  add(fresh, variants = {}) {
    const last = this.newest?.seq ?? -1;
    const earlier = Object.entries(variants).filter(([, { left_over }]) => left_over > 0);
    for (const sample of fresh) {
      if (sample.seq <= last) continue;
      const counts = earlier.map(([name, { left_over }]) => [name, { ...sample[name], database: Math.max(0, sample[name].database - left_over) }]);
      this.samples.push(Object.assign({}, sample, Object.fromEntries(counts)));
    }
    if (this.samples.length > MOST) this.samples.splice(0, this.samples.length - MOST);
  }

  /**
   * Nothing has changed until then: the newest sample holds, and the one before it says since when.
   * @param {number | null} at @param {number} seq its number
   */
  holds(at, seq) {
    const newest = this.newest;
    if (!newest || at === null || at <= newest.at) return;
    const later = { ...newest, at, seq };
    for (const [name, value] of Object.entries(newest)) {
      if (value?.oldest_s != null) later[name] = { ...value, oldest_s: value.oldest_s + at - newest.at };
    }
    if (this.#held === newest) this.samples.pop();
    this.samples.push((this.#held = later));
  }

  clear() {
    this.samples = [];
  }

  /** @returns {Sample | undefined} */
  get newest() {
    return this.samples.at(-1);
  }

  /** @param {number} seconds @returns {Sample[]} the samples of the last so many seconds */
  last(seconds) {
    const newest = this.newest;
    if (!newest) return [];
    const first = this.samples.findIndex((sample) => sample.at >= newest.at - seconds);
    return this.samples.slice(first);
  }
}
