// How far a reader has come: what was broken by hand, which fixes were judged. This browser keeps it under `race-lab-progress` as
// {"version": 1, "broken": {"lost-update": true}, "guesses": {"check-twice": "breaks"}, "shown": {"lost-update": true}, "all": false}.
// `shown` has the scenarios whose gap was asked for, and a guess `shown` is a fix whose verdict was; `all` asks for every answer.
// Whatever else is kept there is ignored.

/** @typedef {"holds" | "breaks" | "shown"} Guess */
/** @typedef {{version: 1, broken: Record<string, true>, guesses: Record<string, Guess>, shown: Record<string, true>, all: boolean}} Progress */
/** @typedef {{scenarios: string[], never: string[], verdicts: Record<string, string>}} Known what there is to break and to judge */
export const KEY = "race-lab-progress";
const VERSION = 1;
const MOST = 200;

/** @param {unknown} kept @param {unknown[]} values those that count */
const entries = (kept, values) => Object.fromEntries(Object.entries(Object(kept)).filter(([, value]) => values.includes(value)).slice(0, MOST));

/** @param {string | null} text @returns {Progress} */
export function parsed(text) {
  let kept = null;
  try {
    kept = JSON.parse(text ?? "");
  } catch { /* as at the first visit */ }
  if (kept?.version !== VERSION) kept = {};
  return {
    version: VERSION,
    broken: entries(kept.broken, [true]),
    guesses: entries(kept.guesses, ["holds", "breaks", "shown"]),
    shown: entries(kept.shown, [true]),
    all: kept.all === true,
  };
}

/** Whether a guess is right; what was only shown is no guess. @param {Guess | undefined} guess @param {string} verdict */
export const isRight = (guess, verdict) => (guess === "holds") === (verdict === "fixes it");

/** @param {Progress} progress @param {Known} known @returns {string} */
export function sentence({ broken, guesses }, { scenarios, never, verdicts }) {
  const done = scenarios.filter((name) => Object.hasOwn(broken, name)).length;
  const judged = Object.entries(verdicts).filter(([fix]) => ["holds", "breaks"].includes(guesses[fix]));
  const right = judged.filter(([fix, verdict]) => isRight(guesses[fix], verdict)).length;
  const cannot = never.length ? ` (${never.length} cannot be)` : "";
  return `${done} of ${scenarios.length} scenarios broken${cannot} · ${judged.length} of ${Object.keys(verdicts).length} fixes judged${judged.length ? `, ${right} right` : ""}`;
}
