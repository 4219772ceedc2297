// Formats of numbers, times and durations.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** @type {Record<string, string>} */
const ENGINES = { postgresql: "PostgreSQL", redis: "Redis", sqlite: "SQLite" };

export const NOTHING = "–";

/** @param {number | null | undefined} n */
export const number = (n) => (n == null ? NOTHING : whole.format(n));

/** @param {number} n */
export const decimal = (n) => fine.format(n);

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => `${whole.format(n)} ${n === 1 ? one : many}`;

/** @param {number} share 0..1 */
export const percent = (share) => `${fine.format(share * 100)} %`;

/** @param {number} seconds since 1970 */
export const moment = (seconds) => time.format(new Date(seconds * 1000));

/** @param {string} stamp in ISO 8601 */
export const clock = (stamp) => time.format(new Date(stamp));

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds == null) return NOTHING;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** @param {string[]} items */
export const list = (items) => new Intl.ListFormat("en").format(items);

/** @param {string} database as in the status, such as "postgresql and redis" */
export const engines = (database) => database.split(" and ").map((name) => ENGINES[name] ?? name).join(" and ");
