// Reads a report of `check --json`. A file comes from anywhere: its size, its texts and its numbers are bounded, and what is no such
// report is refused with what it is, why it cannot be opened, and what to do.

import { decimal } from "./words.js";

/** @typedef {import("./lab-types.js").Verdict} Verdict */
/** @typedef {{key: string, counts: string, verdict: Verdict, tested: number, wrong: number, refused: number, unknown: number, odds: string, sentence: string, conditions: string[]}} OwnColumn */
/** @typedef {{url: string, verdict: Verdict, sentence: string, columns: OwnColumn[], notes: string[], conditions: string[]}} OwnReport */

export const MOST_BYTES = 256 * 1024;
const MOST_COLUMNS = 20;
const MOST_LINES = 30;
const LONGEST = 600;
const VERSION = 1;
const SCHEMA = /^racelab-check\/(\d{1,6})$/;
const VERDICTS = ["agree", "do not agree", "cannot tell"];
const SAID = new Map([["python", "Python"], ["system", "on"]]);
const UNIT = /^(.+) (ms|s)$/;
const CHOOSE = "Choose the file that “check --json FILE” has written.";

/** Why a file is not opened: a sentence for the reader. */
export class NoReport extends Error {}

/** @param {string} where @param {string} what @returns {never} */
function misses(where, what) {
  throw new NoReport(`It is no complete report of check: “${where}” ${what}. Run check again, and choose the file that it writes.`);
}

/** @param {any} data @returns {boolean} */
const isTable = (data) => typeof data === "object" && data !== null && !Array.isArray(data);

/** @param {unknown} value @param {string} where */
function text(value, where) {
  if (typeof value !== "string") misses(where, "is not a text");
  const whole = /** @type {string} */ (value);
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
}

/** @param {unknown} value @param {string} where */
function count(value, where) {
  if (!Number.isSafeInteger(value) || Number(value) < 0) misses(where, "is not a count");
  return Number(value);
}

/** @param {any} value @param {string} where @returns {Verdict} */
function verdict(value, where) {
  if (!VERDICTS.includes(value)) misses(where, `is none of ${VERDICTS.join(", ")}`);
  return value;
}

/** "8 clients", "took 14.2 s", "Python 3.13.1": in the words of the terminal. @param {string} name @param {string | number} value */
function condition(name, value) {
  const words = name.replaceAll("_", " ");
  if (typeof value === "string") return `${SAID.get(name) ?? words} ${value}`;
  const [, what, unit] = UNIT.exec(words) ?? [];
  if (unit) return `${what} ${decimal(value)} ${unit}`;
  return `${decimal(value)} ${value === 1 ? words.replace(/s$/, "") : words}`;
}

/** @param {any} table @param {string} where @returns {string[]} */
function conditions(table, where) {
  if (!isTable(table)) misses(where, "is not a table");
  return Object.entries(table).slice(0, MOST_LINES).map(([name, value]) => {
    if (typeof value !== "string" && !Number.isFinite(value)) misses(`${where}.${name}`, "is neither a text nor a number");
    return text(condition(name, value), where);
  });
}

/** @param {[string, any]} entry @returns {OwnColumn} */
function column([key, told]) {
  const where = `columns.${key.slice(0, 40)}`;
  if (!isTable(told)) misses(where, "is not a table");
  const counts = Object.fromEntries(["tested", "wrong", "refused", "unknown"].map((name) => [name, count(told[name], `${where}.${name}`)]));
  const texts = Object.fromEntries(["counts", "odds", "sentence"].map((name) => [name, text(told[name], `${where}.${name}`)]));
  if (told.verdict === "agree" && (counts.wrong || !counts.tested)) misses(where, "agrees, and its counts do not say so");
  return /** @type {any} */ ({ key: text(key, where), verdict: verdict(told.verdict, `${where}.verdict`), ...counts, ...texts, conditions: conditions(told.conditions, `${where}.conditions`) });
}

/** What another file of the lab is, or "". @param {any} data */
function otherFile(data) {
  if (Array.isArray(data.runs) && "samples" in data) return "It is an export of the runs of this page.";
  if ("findings" in data && "graded" in data) return "It is a report of grade, on a class.";
  if ("rows" in data && "columns" in data) return "It is a survey of stores, which the page Stores shows.";
  return "";
}

/** @param {any} data */
function refuseOthers(data) {
  if (!isTable(data)) throw new NoReport(`It is JSON, but no report of check. ${CHOOSE}`);
  const other = otherFile(data);
  if (other) throw new NoReport(`${other} ${CHOOSE}`);
  if (data.schema === undefined && !isTable(data.columns)) throw new NoReport(`It is JSON, but no report of check: it has no columns. ${CHOOSE}`);
  const version = data.schema === undefined ? VERSION : Number(SCHEMA.exec(data.schema)?.[1]);
  if (!version) throw new NoReport(`It says of itself that it is something else than a report of check. ${CHOOSE}`);
  if (version > VERSION) {
    throw new NoReport(`It is a report of check in version ${version} of the format, and this page reads version ${VERSION}. Update this lab, or run its own check.`);
  }
}

/** @param {string} content @returns {any} */
function parsed(content) {
  if (!content.trim()) throw new NoReport("It is empty. Check writes its report when it ends: wait for that, and choose the file again.");
  if (content.trimStart().startsWith("<")) throw new NoReport(`It is HTML or XML: a saved page, or the file of --junit. ${CHOOSE}`);
  try {
    return JSON.parse(content);
  } catch {
    throw new NoReport(`It is not JSON, or it was cut off. ${CHOOSE}`);
  }
}

/**
 * @param {string} content of the file
 * @returns {OwnReport}
 * @throws {NoReport}
 */
export function readReport(content) {
  const data = parsed(content);
  refuseOthers(data);
  if (!isTable(data.columns)) misses("columns", "is not a table");
  const columns = Object.entries(data.columns);
  if (columns.length > MOST_COLUMNS) misses("columns", `has more than ${MOST_COLUMNS} entries`);
  if (!Array.isArray(data.notes)) misses("notes", "is not a list");
  const told = columns.map(column);
  const agree = told.some((one) => one.verdict === "agree") && told.every((one) => one.verdict !== "do not agree");
  if (data.verdict === "agree" && !agree) misses("verdict", "agrees, and its columns do not say so");
  return {
    url: text(data.url, "url"),
    verdict: verdict(data.verdict, "verdict"),
    sentence: text(data.sentence, "sentence"),
    columns: told,
    notes: data.notes.slice(0, MOST_LINES).map((/** @type {unknown} */ note) => text(note, "notes")),
    conditions: conditions(data.conditions, "conditions"),
  };
}
