// The first run without its page: what is kept of it, what moves it on, and what it says. Five steps; the sixth is its end.
import { number, plural } from "./words.js";

/** @typedef {"clean" | "predict" | "one" | "many" | "loss" | "replay"} Deed what the button of a step does */
/** @typedef {{promised: number, vanished: number}} Totals acknowledged and vanished changes of one manager */
/** @typedef {{run: string, load: number, alone: boolean, of: Record<string, Totals>}} Rest a run at rest: its last load, or 0, and its totals */
/** @typedef {{alone: boolean, whole: boolean, of: Record<string, Totals>}} Load what one load added to each manager, or a whole run of it and others */
/** @typedef {{step: number, guess: number, alone: Load | null, many: Load | null}} Kept */
/** @typedef {{name: string, sentence: string, deed: Deed, label: string}} Words */
/** @typedef {{buggy: string, fixed: string, replayed: boolean}} Managers the one to watch, the one beside it or "", and whether the replay has the first */

export const STEPS = 5;
export const OVER = STEPS + 1;
export const OUT_OF = 2000;
const NEAR = 0.1;

/** Before the first rest: a load that runs already may not be the first of its run. @type {Rest} */
export const NOTHING_SEEN = { run: "", load: 0, alone: false, of: {} };

/** @returns {Kept} */
export const begun = () => ({ step: 1, guess: 0, alone: null, many: null });

/** @param {Kept} kept @returns {Kept} */
export const ended = (kept) => ({ ...kept, step: OVER });

/** @param {Kept} kept @param {number} guess @returns {Kept} */
export const predicted = (kept, guess) => ({ ...kept, step: Math.max(2, kept.step), guess });

/** The page of a loss was opened. @param {Kept} kept @returns {Kept} */
export const opened = (kept) => (kept.step === 4 ? { ...kept, step: 5 } : kept);

/**
 * The run at rest, or null while it is not.
 * @param {import("./lab-types.js").Judged} verdict
 * @param {import("./lab-types.js").Status} status
 * @returns {Rest | null}
 */
export function restOf(verdict, { boot, run, burst, outside }) {
  if (!verdict.settled || outside || burst.state === "running" || burst.state === "settling") return null;
  const load = burst.run === run ? burst.number : 0;
  const totals = Object.entries(verdict.variants).map(([name, { promised, vanished }]) => [name, { promised, vanished }]);
  return { run: `${boot} ${run}`, load, alone: burst.kind === "one_visitor", of: Object.fromEntries(totals) };
}

/**
 * What the load of the page added that lies between two rests, or null if there was none. A run begun anew counts from nothing, and
 * so does one of which a rest was not seen (the page was hidden, or opened late): then what one user did alone is not known.
 * @param {Rest} before @param {Rest} now
 * @returns {Load | null}
 */
export function between(before, now) {
  if (!now.load || (before.run === now.run && before.load === now.load)) return null;
  const whole = before.run === now.run ? before.load > 0 && now.load > before.load + 1 : before.run === "";
  if (whole && now.alone) return null;
  const same = before.run === now.run && !whole ? before.of : {};
  const of = Object.entries(now.of).map(([name, { promised, vanished }]) => {
    const past = same[name] ?? { promised: 0, vanished: 0 };
    return [name, { promised: promised - past.promised, vanished: Math.max(0, vanished - past.vanished) }];
  });
  return { alone: now.alone, whole, of: Object.fromEntries(of) };
}

/** A load came to rest. One that lost nothing is told, and does not move on. @param {Kept} kept @param {Load} load @param {string} buggy @returns {Kept} */
export function loaded(kept, load, buggy) {
  if (kept.step < 2 || kept.step > 4) return kept;
  if (load.alone) return kept.step === 2 ? { ...kept, step: 3, alone: load } : kept;
  const lost = (load.of[buggy]?.vanished ?? 0) > 0;
  if (kept.step === 4 && !lost) return kept;
  return { ...kept, step: lost ? 4 : 3, many: load };
}

/** @param {Totals | undefined} totals @param {string} name */
const lostOf = (totals, name) => (totals?.promised ? `${number(totals.vanished)} of ${number(totals.promised)} on ${name}` : "");

/** The same out of 2,000, unless it nearly is. @param {Totals} totals */
function scaled({ promised, vanished }) {
  if (Math.abs(promised / OUT_OF - 1) <= NEAR) return "";
  return `, which is ${number(Math.round((vanished / promised) * OUT_OF))} of ${number(OUT_OF)}`;
}

/** The prediction beside what was measured. @param {Kept} kept @param {Managers} managers */
function compared({ guess, many }, { buggy, fixed }) {
  const lost = many?.of[buggy];
  if (!lost?.promised) return `No change was acknowledged on ${buggy}, so none could vanish.`;
  const beside = lostOf(many?.of[fixed], fixed);
  return `You said ${number(guess)} of ${number(OUT_OF)}. This ${many?.whole ? "run" : "load"} lost ${lostOf(lost, buggy)}${scaled(lost)}${beside ? `, and ${beside}` : ""}.`;
}

/** @param {Kept} kept @param {string} buggy */
function afterOne({ alone }, buggy) {
  const told = lostOf(alone?.of[buggy], buggy);
  return told ? `One user alone lost ${told}. Now 20 users, and the same code.` : "Now 20 users at the same time.";
}

/**
 * @param {Kept} kept
 * @param {Managers} managers
 * @param {boolean} drawn whether a loss can be opened
 * @param {boolean} seen whether the page shows what a load has lost, or is losing: then nothing is left to predict
 * @returns {Words}
 */
export function words(kept, managers, drawn, seen) {
  const again = { deed: /** @type {Deed} */ ("many"), label: "Run 20 users" };
  if (kept.step <= 1 && seen) {
    return { name: "Begin clean", deed: "clean", label: "New run", sentence: "Five steps, from a guess to a loss of your own. They begin with a clean page; the present run stays in the table Runs." };
  }
  if (kept.step <= 1) {
    return { name: "Predict", deed: "predict", label: "My guess", sentence: `20 users change shared sessions, and every change is acknowledged. Of ${number(OUT_OF)} changes, how many will be lost?` };
  }
  if (kept.step === 2) {
    return { name: "One user", deed: "one", label: "One user, 50 updates", sentence: `Your guess is kept: ${number(kept.guess)} of ${number(OUT_OF)}. First one user alone: does the code work?` };
  }
  if (kept.step === 3) {
    const sentence = kept.many ? `${compared(kept, managers)} Run them once more.` : afterOne(kept, managers.buggy);
    return { name: "Twenty users", ...again, sentence };
  }
  if (kept.step === 4) {
    if (!drawn) return { name: "One loss", ...again, sentence: "The losses are gone with their run. Run 20 users once more, to open one." };
    return { name: "One loss", deed: "loss", label: "Open one loss", sentence: compared(kept, managers) };
  }
  const where = managers.replayed ? "" : " The replay runs buggy, in memory.";
  const many = plural(kept.many?.of[managers.buggy]?.vanished ?? 0, "change that has vanished", "changes that have vanished");
  return { name: "Break it yourself", deed: "replay", label: "Be the scheduler", sentence: `That was one of ${many}. Now order the steps of two users yourself, until one is lost.${where}` };
}
