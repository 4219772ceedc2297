// The processes that serve: which are there, which have come, and which have gone. Keeps its order, so that nothing jumps.
import { list, number, plural } from "./words.js";

/** @typedef {import("./lab-types.js").Worker} Worker */
/** @typedef {{pid: number, threads: number, silentS: number, own: Worker["own"], acknowledged: Worker["acknowledged"], cameS: number | null, goneS: number | null}} Member times are Unix seconds */

const REMEMBER_S = 60;
const MOST_GONE = 3;
export const NOTED_AFTER_S = 1;
const SILENT_AFTER_S = 2;

export class Roster {
  /** @type {Map<number, Member>} */
  #members = new Map();
  #met = false;
  /** Whether each process has its own sessions. It stays so: a new process says it a moment after it has come. */
  split = false;

  /** @param {Worker[]} workers @param {number} nowS */
  note(workers, nowS) {
    for (const { pid, threads, silent_s, own, acknowledged } of workers) {
      const known = this.#members.get(pid);
      const fresh = !known || known.goneS !== null;
      // One that is just beginning, or was read half-way, tells no threads: what it said before holds.
      const told = threads || !known ? { threads, own } : { threads: known.threads, own: known.own };
      this.#members.set(pid, { pid, ...told, acknowledged, silentS: silent_s, cameS: fresh ? (this.#met ? nowS : null) : known.cameS, goneS: null });
      if (Object.keys(told.own).length) this.split = true;
    }
    const there = new Set(workers.map(({ pid }) => pid));
    for (const member of this.#members.values()) if (!there.has(member.pid)) member.goneS ??= nowS;
    this.#forget(nowS);
    this.#met ||= workers.length > 0;
  }

  /** Whether several processes serve, or did: the server is then their judge. */
  get several() {
    return this.#met;
  }

  /** @returns {Member[]} all that are there, and the last that have gone, in the order of their coming */
  get members() {
    return [...this.#members.values()];
  }

  /** @returns {Member[]} */
  get present() {
    return this.members.filter(({ goneS }) => goneS === null);
  }

  /** @returns {Member[]} those of which nothing was heard for too long */
  get silent() {
    return this.present.filter(({ silentS }) => silentS > SILENT_AFTER_S);
  }

  /** @param {Member} member @param {number} nowS whether it came a moment ago */
  static isNew({ cameS }, nowS) {
    return cameS !== null && nowS - cameS < REMEMBER_S;
  }

  /** "3 workers of 20 threads". */
  get words() {
    const each = [...new Set(this.present.map(({ threads }) => threads).filter(Boolean))];
    return `${plural(this.present.length, "worker")}${each.length ? ` of ${list(each.map(number))} threads` : ""}`;
  }

  /** @param {number} nowS */
  #forget(nowS) {
    const gone = this.members.filter(({ goneS }) => goneS !== null).sort((a, b) => Number(b.goneS) - Number(a.goneS));
    gone.forEach(({ pid, goneS }, place) => {
      if (place >= MOST_GONE || nowS - Number(goneS) > REMEMBER_S) this.#members.delete(pid);
    });
  }
}
