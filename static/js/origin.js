// Which process answers: one, a restarted one, or several in turn. A difference between processes is not a race, and the page
// must not show it as one. So it follows one process and ignores the answers of the others.

const FORGET_MS = 20_000;
const FOLLOW_ANOTHER_MS = 6_000;

/** @typedef {{pid: number, cursor: number, heardMs: number}} Process */

export class Origin {
  /** @type {Map<string, Process>} */
  #heard = new Map();
  #followed = "";
  #last = "";
  #tookTurns = false;

  /** The cursor of the process whose samples are shown. */
  get cursor() {
    return this.#heard.get(this.#followed)?.cursor ?? 0;
  }

  /** The processes that answer in turn; empty when there is only one. @returns {number[]} */
  get several() {
    return this.#tookTurns ? [...this.#heard.values()].map((process) => process.pid) : [];
  }

  /**
   * @param {{boot: string, pid: number, next: number}} answer
   * @param {number} nowMs
   * @returns {"same" | "restarted" | "other"} "restarted": start again, everything comes with the next answer; "other": ignore it
   */
  note({ boot, pid, next }, nowMs) {
    const name = `${boot}/${pid}`;
    this.#forget(nowMs, name);
    const known = this.#heard.get(name);
    if (known && this.#last !== name) this.#tookTurns = true;
    if (this.#heard.size <= (known ? 1 : 0)) this.#tookTurns = false;
    this.#last = name;

    const before = this.#followed;
    const silentMs = nowMs - (this.#heard.get(before)?.heardMs ?? -Infinity);
    const follow = name === before || !before || (!this.#tookTurns && !known) || silentMs > FOLLOW_ANOTHER_MS;
    const changed = before !== "" && before !== name;
    this.#heard.set(name, { pid, cursor: follow && !changed ? next : 0, heardMs: nowMs });
    if (!follow) return "other";
    this.#followed = name;
    return changed ? "restarted" : "same";
  }

  /** @param {number} nowMs @param {string} name */
  #forget(nowMs, name) {
    for (const [other, process] of this.#heard) {
      if (other !== name && nowMs - process.heardMs > FORGET_MS) this.#heard.delete(other);
    }
  }
}
