// The counts of each manager, and the state of its cleanup queue.
import { find, icon, make, setData, setShown, setText, setWord } from "./dom.js";
import { COUNTS, distance } from "./series.js";
import { duration, NOTHING, number, plural } from "./words.js";

/** @typedef {import("./lab-types.js").Counts} Counts */
const GROWING_OVER_S = 10;

/** @param {Counts} counts @returns {number} the largest difference among the three counts and the expected count */
function widestGap(counts) {
  const all = COUNTS.map(({ key }) => counts[key]);
  return Math.max(Math.max(...all) - Math.min(...all), ...all.map((value) => Math.abs(distance(value, counts.should_be))));
}

/** Whether anything was acknowledged or counted yet: zeros that agree prove nothing. @param {Counts} counts */
const isMeasured = (counts) => counts.acknowledged > 0 || COUNTS.some(({ key }) => counts[key] > 0);

/**
 * The error of one count: against the expected count, or against the store where the expected count is a range.
 * @param {Counts} counts
 * @param {"store" | "statistics" | "database"} key
 * @returns {{off: number, than: string}}
 */
function wrongness(counts, key) {
  const off = distance(counts[key], counts.should_be);
  if (off !== 0 || key === "store") return { off, than: "" };
  return { off: counts[key] - counts.store, than: "store" };
}

/** @param {{off: number, than: string}} wrong @param {boolean} atRest */
function inWords({ off, than }, atRest) {
  const many = number(Math.abs(off));
  if (than) return `${many} ${off > 0 ? "above" : "below"} ${than}`;
  return atRest ? `${many} too ${off > 0 ? "many" : "few"}` : `${many} off during load`;
}

/**
 * While requests are in flight, the three counts are read one after another and may differ. At rest they must agree.
 * @param {HTMLElement} place @param {{off: number, than: string}} wrong @param {boolean} atRest @param {string} right
 * @param {string} extra a count that is no error
 */
function showDelta(place, wrong, atRest, right, extra) {
  const { off } = wrong;
  const text = off === 0 ? extra || right : [inWords(wrong, atRest), extra].filter(Boolean).join(", ");
  setData(place, "tone", off && atRest ? "bad" : "none");
  const delta = find("[data-delta]", place);
  if (delta.textContent === text) return;
  delta.replaceChildren(...(off === 0 ? [] : [icon(off > 0 ? "more" : "fewer")]), make("span", {}, text));
}

/** @param {HTMLElement} panel @param {Counts} counts @param {import("./lab-types.js").Variant | undefined} state status.variants of this manager */
function showCounts(panel, counts, state) {
  const atRest = counts.in_flight === 0;
  const told = isMeasured(counts);
  const leftOver = state?.left_over ?? 0;
  const [low, high] = counts.should_be;
  const onlyTaken = counts.acknowledged === 0 && Boolean(state?.recovered);
  const right = !told ? "" : onlyTaken ? "taken over" : low === high ? "as expected" : "inside the range";
  for (const { key } of COUNTS) {
    const place = find(`[data-count="${key}"]`, panel);
    setText(find("[data-figure]", place), number(counts[key]));
    const extra = key === "database" && leftOver ? `and ${number(leftOver)} left over` : "";
    showDelta(place, wrongness(counts, key), atRest, right, extra);
  }
  const should = find('[data-count="should_be"]', panel);
  should.toggleAttribute("data-range", low !== high);
  setText(find("[data-figure]", should), low === high ? number(low) : `${number(low)}–${number(high)}`);
  setText(find("[data-delta]", should), low === high ? "" : `${plural(high - low, "call")} of unknown outcome`);

  const gap = widestGap(counts);
  const word = find("[data-gap]", panel);
  if (!told) setWord(word, "none", "nothing counted yet");
  else if (gap === 0 && onlyTaken) setWord(word, "none", "taken over from an earlier start");
  else if (gap === 0) setWord(word, "good", "counts agree");
  else if (atRest) setWord(word, "bad", `counts differ by ${number(gap)}`);
  else setWord(word, "busy", `differ by ${number(gap)} during load`);
}

/**
 * @param {HTMLElement} panel
 * @param {Counts} counts
 * @param {import("./lab-types.js").Variant | undefined} state status.variants of this manager
 * @param {Counts | undefined} before the counts some seconds ago
 */
function showQueue(panel, counts, state, before) {
  setText(find('[data-queue="size"]', panel), number(counts.queue));
  setText(find('[data-queue="oldest"]', panel), counts.queue ? duration(counts.oldest_s) : NOTHING);
  setText(find('[data-queue="dead"]', panel), number(counts.dead_letters));

  const word = find("[data-queue-word]", panel);
  const growing = before && counts.queue > before.queue && before.acknowledged === counts.acknowledged;
  setShown(word, Boolean(state?.stuck_while_idle) || (counts.queue === 0 && counts.acknowledged > 0));
  if (state?.stuck_while_idle) setWord(word, "bad", growing ? "growing while idle" : "stuck while idle");
  else if (counts.queue === 0) setWord(word, "good", "empty");

  const left = [];
  if (state?.left_over) left.push(`${plural(state.left_over, "row")} from before the restart, which this manager does not have in memory.`);
  if (state?.recovered) left.push(`${plural(state.recovered, "session")} recovered from the database after the restart.`);
  if (state?.stuck_while_idle) left.push(`No load is running. ${plural(state.cleanup_cycles, "cleanup cycle")}; the same ${plural(counts.queue, "id")} ${counts.queue === 1 ? "fails" : "fail"} every time.`);
  const leftover = find("[data-leftover]", panel);
  setText(leftover, left.join(" "));
  setShown(leftover, left.length > 0);
}

/**
 * At rest the verdict knows them all, and the curve's end is no news.
 * @param {HTMLElement} panel @param {number} missing at least @param {import("./lab-types.js").Result | undefined} told the verdict at rest
 */
function showMissing(panel, missing, told) {
  setText(find("[data-missing]", panel), number(told ? told.vanished : missing));
  setText(find("[data-missing-as]", panel), told ? "vanished" : "so far");
}

/** @param {string[]} variants */
export function mountPanels(variants) {
  const panels = variants.map((name) => ({ name, panel: find(`[data-panel="${name}"]`) }));
  const pace = find("#pace");

  /** Whether each manager had the same users, and not only one, for the same time. @param {import("./lab-types.js").Status} status */
  const sameLoad = ({ burst, alike }) => alike && burst.visitors > variants.length;

  /**
   * @param {import("./history.js").History} history @param {import("./lab-types.js").Status} status
   * @param {import("./lab-types.js").Judged | null} verdict at rest only
   */
  return (history, status, verdict) => {
    setShown(pace, sameLoad(status) && new Set(variants.map((name) => history.newest?.[name]?.acknowledged)).size > 1);
    const before = history.last(GROWING_OVER_S)[0];
    for (const { name, panel } of panels) {
      const counts = history.newest?.[name];
      if (!counts?.should_be) continue;
      showCounts(panel, counts, status.variants[name]);
      const told = verdict?.variants[name];
      showMissing(panel, status.variants[name]?.missing ?? 0, told?.asked ? told : undefined);
      showQueue(panel, counts, status.variants[name], before?.[name]);
    }
  };
}
