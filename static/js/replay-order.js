// The order of steps: what was taken, and what an address or a step back has left to come. Read and written like 'A1 B2 A1'.

/** @param {string} schedule as the server writes it @returns {string[]} whose turn it is */
export const turnsOf = (schedule) => schedule.split(" ").flatMap((run) => Array(Number(run.slice(1))).fill(run.slice(0, 1)));

/** @param {string[]} turns */
export const scheduleOf = (turns) => turns.join("").replace(/(.)\1*/g, (run) => `${run[0]}${run.length} `).trim();

/** What was taken and what is to come. It never changes: each move makes another. */
export class Order {
  /** @param {string[]} taken @param {string[]} [ahead] @param {boolean} [own] whether the reader took a step that nothing told */
  constructor(taken, ahead = [], own = false) {
    this.taken = taken;
    this.ahead = ahead;
    this.own = own;
  }

  /** All of it. */
  get turns() {
    return [...this.taken, ...this.ahead];
  }

  /** One more step. What was to come stays only if this was it. @param {string} task @param {boolean} [chosen] whether the reader chose it, and it was not played */
  step(task, chosen = true) {
    const told = this.ahead[0] === task;
    return new Order([...this.taken, task], told ? this.ahead.slice(1) : [], this.own || (chosen && !told));
  }

  /** The same order, with so many steps taken. @param {number} count */
  at(count) {
    return new Order(this.turns.slice(0, count), this.turns.slice(count), this.own);
  }
}
