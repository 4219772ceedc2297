// What /lab/replay answers, as racelab/web/replay/json_types.py has it. Only types: there is nothing here to run.

/** @typedef {"" | "new" | "changed" | "gone"} Mark what the last step did to something */
/** @typedef {{file: string, function: string, line: number, callers: string[], values: Record<string, string>}} Place */
/** @typedef {{number: number, indent: number, pieces: [string, string][], mark: "" | "BUG" | "FIX", changed: boolean}} Line */
/** @typedef {{file: string, function: string, new: boolean, lines: Line[]}} Source */
/** @typedef {{call: string, answer: string, state: "ok" | "refused" | "unknown" | "current" | "later"}} Operation */
/** @typedef {{name: string, value: string, change: Mark}} Value */
/**
 * @typedef {object} Task
 * @property {string} task
 * @property {string} role
 * @property {Place | null} place
 * @property {Value[]} values
 * @property {Source | null} source
 * @property {number} at the line that comes next; 0 if there is none
 * @property {string} where the function that is shown, in words
 * @property {string} reason what comes next, or why nothing does
 * @property {boolean} ready
 * @property {boolean} done
 * @property {Operation[]} operations
 */
/** @typedef {{task: string, kind: string, label: string, did: string, answered: string[]}} Step */
/** @typedef {{name: string, text: string, change: Mark}} Fact */
/** @typedef {{key: string, figure: number, was: number | null, changed: boolean, facts: Fact[], none: string}} Tile */
/** @typedef {{tone: "none" | "good" | "bad", headline: string, words: string, terms: string[], afterwards: string, diverged: string, stands: string, announced: string}} Said */
/**
 * @typedef {object} Trace
 * @property {string} schedule
 * @property {string} diverged
 * @property {Step[]} steps
 * @property {Task[]} tasks
 * @property {Tile[]} tiles
 * @property {object | null} ending
 * @property {Said} said
 * @property {string} text
 */

export {};
