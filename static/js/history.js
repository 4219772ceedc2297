// The last samples, up to a fixed number.

const MOST = 1200;

/** @typedef {import("./lab-types.js").Sample} Sample */

export class History {
  /** @type {Sample[]} */
  samples = [];

  /** @param {Sample[]} fresh */
  add(fresh) {
    const last = this.newest?.seq ?? -1;
    for (const sample of fresh) if (sample.seq > last) this.samples.push(sample);
    if (this.samples.length > MOST) this.samples.splice(0, this.samples.length - MOST);
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
