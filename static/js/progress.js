// How far a reader has come: what was broken by hand, which fixes were judged. This browser keeps it under `race-lab-progress` as
// {"version": 1, "broken": {"lost-update": true}, "held": {"lazy-once": true}, "guesses": {"check-twice": "breaks"}, "shown": {"lost-update": true}, "all": false}.
// A scenario that fails on some manager is done when it was broken. One that fails on none is in `held`: it was run to its end on buggy. `shown` has the scenarios whose gap was asked for, and a guess `shown` is a fix whose verdict was; `all` asks for every answer.
// Whatever else is kept there is ignored.

/** @typedef {"holds" | "breaks" | "shown"} Guess */
/** @typedef {{version: 1, broken: Record<string, true>, held: Record<string, true>, guesses: Record<string, Guess>, shown: Record<string, true>, all: boolean}} Progress */
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
    held: entries(kept.held, [true]),
    guesses: entries(kept.guesses, ["holds", "breaks", "shown"]),
    shown: entries(kept.shown, [true]),
    all: kept.all === true,
  };
}

/** Whether a guess is right; what was only shown is no guess. @param {Guess | undefined} guess @param {string} verdict */
export const isRight = (guess, verdict) => (guess === "holds") === (verdict === "fixes it");

/** Whether a scenario is done. @param {Progress} progress @param {Known} known @param {string} name */
export const isDone = ({ broken, held }, { never }, name) => Object.hasOwn(never.includes(name) ? held : broken, name);

/** What an ending on a page makes of the progress, if the reader took steps of their own. @param {Progress} progress @param {Known} known @param {string} scenario @param {string} variant @param {boolean} fails */
export function ended({ broken, held }, { never }, scenario, variant, fails) {
  if (fails) broken[scenario] = true;
  else if (variant === "buggy" && never.includes(scenario)) held[scenario] = true;
}

/** @param {Progress} progress @param {Known} known @returns {string} */
export function sentence(progress, known) {
  const { guesses } = progress;
  const { scenarios, verdicts } = known;
  const done = scenarios.filter((name) => isDone(progress, known, name)).length;
  const judged = Object.entries(verdicts).filter(([fix]) => ["holds", "breaks"].includes(guesses[fix]));
  const right = judged.filter(([fix, verdict]) => isRight(guesses[fix], verdict)).length;
  return `${done} of ${scenarios.length} scenarios done · ${judged.length} of ${Object.keys(verdicts).length} fixes judged${judged.length ? `, ${right} right` : ""}`;
}
