// What the page reads of /lab/poll, /lab/runs and /lab/dead-letters, as the json_types.py of racelab's rooms have it. Only types.

/** @typedef {"agree" | "do not agree" | "cannot tell"} Verdict */
/** @typedef {{text: string, role: "said" | "vanished" | "detail"}} Part a sentence of a verdict */
/** @typedef {{text: string, loss: string | null}} Line of evidence, with the id of the loss that it tells */
/** @typedef {{verdict: Verdict, promised: number, present: number, count: number, sentence: string, parts: Part[], evidence: Line[], first_at: number | null}} Card */
/**
 * @typedef {object} Result the verdict on one variant
 * @property {Verdict} verdict
 * @property {boolean} asked
 * @property {Part[]} parts
 * @property {number} promised
 * @property {number} present
 * @property {number} vanished
 * @property {number} surplus
 * @property {number} failed_requests
 * @property {number} unknown
 * @property {{dead_letters: number}} counts
 * @property {Record<string, Card>} cards
 */
/** @typedef {{python: string, gil: boolean, threads: number, workers: number, pid: number, window_ms: number, fault_rate: number, database: string}} Environment */
/** @typedef {{run: number, settled: boolean, waiting_for: string | null, card: string, variants: Record<string, Result>, environment: Environment}} Judged */
/** @typedef {{kind: string, managers: string[], visitors: number, seconds: number, seed: number | null, dials: Dials, outside: boolean, began_at: number, ended_at: number | null}} Load of a run */
/** @typedef {Judged & RunPart} Run a run that has ended */
/** @typedef {{name: string, boot: string, started_at: number, ended_at: number | null, loads: Load[]}} RunPart what a run is beside its verdict; `boot` is a start of the server */
/**
 * @typedef {object} Counts of one variant in a sample
 * @property {number} store
 * @property {number} statistics
 * @property {number} database
 * @property {[number, number]} should_be
 * @property {number} queue
 * @property {number | null} oldest_s
 * @property {number} dead_letters
 * @property {number} in_flight
 * @property {number} acknowledged
 * @property {number} failed
 * @property {number} unknown
 * @property {number} missing acknowledged changes that are missing, at least
 */
/** @typedef {{seq: number, at: number} & Record<string, Counts>} Sample */
/** @typedef {{window_ms: number, fault_rate: number, db_latency_ms: number, cache_ttl_s: number, cleanup_interval_s: number}} Dials */
/** @typedef {{state: "idle" | "running" | "settling" | "done" | "stopped" | "failed", number: number, run: number, kind: string, variants: string[], visitors: number, done: number, requests: number, failed: number, message: string}} Burst */
/** @typedef {{store: number, statistics: number, queue: number}} OwnCounts what one process counts in its own memory */
/** @typedef {{pid: number, threads: number, silent_s: number, own: Record<string, OwnCounts>, acknowledged: Record<string, number>}} Worker `acknowledged` counts calls by manager */
/** @typedef {{left_over: number, recovered: number, stuck_while_idle: boolean, calls: Record<string, Record<string, number>>, missing: number, cleanup_cycles: number}} Variant */
/**
 * @typedef {object} Status
 * @property {number} run
 * @property {string} boot
 * @property {number} started_at
 * @property {number} uptime_s
 * @property {Environment} environment
 * @property {Dials} dials
 * @property {Burst} burst
 * @property {{users: number, stopping: boolean, kind: string} | null} outside
 * @property {Record<string, Variant>} variants
 * @property {Worker[]} workers
 * @property {{run: number}[]} runs
 * @property {string} unkept
 * @property {boolean} alike whether every manager had the same load, and nothing else
 */
/** @typedef {{boot: string, pid: number, run: number, next: number, now: number, again_ms: number, samples: Sample[], still: number | null, status: Status, verdict: Judged, marks: string}} Poll */
/** @typedef {{status: Partial<Status>, verdict: Judged | null, marks: string}} Had */
/** @typedef {{session_id: string, attempts: number, since: string}} DeadLetter */

export {};
