// What /lab/grade answers, as racelab/web/your_code/json_types.py has it. Only types: there is nothing here to run.

/** @typedef {{file: string, just: number, next: number, state: "later" | "ready" | "waits" | "done", reason: string}} Stands */
/** @typedef {{call: string, state: "later" | "running" | "answered" | "raised", answer: string}} Call */
/** @typedef {{name: string, shown: boolean, value: string, before: string, touch: "" | "read" | "written"}} Shared */
/** @typedef {{name: string, holders: string[], waiting: string[]}} Lock */
/** @typedef {{step: number, task: string, interrupts: string, words: string[], stands: Record<string, Stands>, calls: Record<string, Call[]>, shared: Shared[], locks: Lock[]}} Frame */
/** @typedef {{number: number, indent: number, pieces: [string, string][]}} CodeLine */
/** @typedef {{name: string, lines: CodeLine[]}} CodeFile */
/** @typedef {{threads: string[], frames: Frame[], files: Record<string, CodeFile>}} Stepped */
/** @typedef {{number: number, meaning: string, paragraph: string, stepped: Stepped | null}} Told */
/** @typedef {{name: string, programs: number, done: number, found: number, undecided: number}} Stage */
/** @typedef {{name: string, kind: string, tasks: string[][], schedule: string, preemptions: number, schedules: number, losing: number, replay: string, first: string[]}} Finding */
/** @typedef {{new: string, first: string[], tasks: string[][], calls: string[], then: string[], holds: string[], ignore: string[], spec: string, chosen: string[], left_out: Record<string, string>, not_graded: string}} Graded */
/** @typedef {{name: string, outcome: "none" | "found" | "cannot tell" | "not asked", why: string, anomaly: string, sentence: string, finding: {schedule: string, schedules: number, losing: number, replay: string} | null}} Scenario */
/**
 * @typedef {object} Report
 * @property {string} target
 * @property {"gil" | "free-threaded"} model
 * @property {"none" | "found" | "cannot tell"} verdict
 * @property {string} sentence
 * @property {boolean} whole
 * @property {string[]} without_gil
 * @property {Finding[]} findings
 * @property {boolean} only_free_threaded
 * @property {Scenario[]} scenarios
 * @property {string[]} reasons
 * @property {string[]} assumed
 * @property {Graded} graded
 * @property {number} seconds
 * @property {number} executions
 * @property {string} python
 */
/**
 * @typedef {object} Grade
 * @property {string} lab
 * @property {number} number
 * @property {"none" | "running" | "stopped" | "refused" | "undecided" | "failed" | "done"} state
 * @property {string} target
 * @property {boolean} pasted
 * @property {string} source
 * @property {number} seconds
 * @property {number} spent
 * @property {boolean} stopping
 * @property {Stage[]} stages
 * @property {string} why
 * @property {string[]} names
 * @property {string} file
 * @property {Report | null} report
 * @property {Told[]} findings
 */

export {};
