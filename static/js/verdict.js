// The headline of the page. `saying` chooses its sentences without the page.
import { find, make, setData, setShown, setText, setWord } from "./dom.js";
import { decimal, list, number, percent, plural } from "./words.js";

/** @typedef {import("./dom.js").Tone} Tone */
/** @typedef {import("./lab-types.js").Part} Part */
/** @typedef {import("./lab-types.js").Result} Result */
/** @typedef {import("./lab-types.js").Status} Status */
/** @typedef {import("./lab-types.js").Variant} Variant */
/** @typedef {{tone: Tone, word: string, shape?: string, parts: Part[], vanished: number}} Said */
/** @typedef {{visitors: number, kind: string, managers: string[], of: number}} Plan the load that the button would start, on how many of the managers */
/** @typedef {{phase: "empty" | "measuring" | "done" | "several" | "split", lead?: Part[], moving?: boolean, earlier?: string, aside: string, conditions?: string, variants: Record<string, Said>, title: string}} Saying */

/** The lengths of the sentences that have a size of their own, the largest first: verdict.css. */
const LENGTHS = ["short", "long", "longest"];
/** The announcement of the result, by workload. @type {Record<string, string>} */
const TO_COME = {
  cleanup_leak: "Then this line shows the rows that cleanup removed and the rows that are stuck.",
  phantom_sessions: "Then this line shows whether the three counts agree.",
};
const CHANGES = "Then this line shows the number of changes that were acknowledged, that survived and that vanished.";

export const SETTLING = "The load has ended. Cleanup is running; the verdict follows.";

const RUNNING = new Set(["running", "settling"]);

/** @param {Status} status */
export const loadRuns = (status) => RUNNING.has(status.burst.state);

/** Whether a load runs, of the page or from outside. @param {Status} status */
export const anyLoadRuns = (status) => loadRuns(status) || status.outside !== null;

/** @param {string} text @returns {Part[]} */
const plain = (text) => [{ text, role: "said" }];

/** What is known of a manager while requests are in flight. @param {Variant} seen @returns {Said} */
function sayLive({ calls, missing }) {
  const [saves, reads] = [calls.update?.acknowledged ?? 0, calls.increment?.acknowledged ?? 0];
  const told = [saves && plural(saves, "save"), reads && plural(reads, "counted read")].filter(Boolean).map(String);
  /** @type {Part[]} */
  const parts = told.length ? plain(`${told.join(" and ")} acknowledged so far.`) : plain("Measuring…");
  if (missing) parts.push({ text: `At least ${number(missing)} missing.`, role: "vanished" });
  return { tone: "busy", word: "cannot tell yet", parts, vanished: missing };
}

/** @param {Result} told @param {Variant} seen @param {boolean} settled @param {string} card the card whose sentence is shown, if any @returns {Said} */
function sayOne(told, seen, settled, card) {
  if (settled && !told.asked) return { tone: "none", word: "not measured yet", parts: plain("This manager has had no requests."), vanished: 0 };
  if (!settled) return sayLive(seen);
  const { parts } = told.cards[card] ?? told;
  const { vanished } = told;
  if (told.verdict === "cannot tell") return { tone: "none", word: "cannot tell", shape: "unknown", parts, vanished };
  return { tone: told.verdict === "agree" ? "good" : "bad", word: told.verdict, parts, vanished };
}

/** Whether the next load takes the dials as they are. */
const ownDials = () => find("[name=use_dials]").checked;

/** The next experiment when no manager has lost anything. @param {Result[]} results @param {Status} status */
function advice(results, status) {
  const asked = results.filter((one) => one.asked);
  if (!asked.length || asked.some((one) => one.verdict !== "agree")) return "";
  const [told] = asked;
  if (status.burst.kind === "one_visitor") return "One user alone loses nothing. Now run many users at once.";
  if (ownDials()) return "No anomaly was seen with your own settings of the dials. Untick “Use these settings” for those of the workload.";
  const more = "“No anomaly observed” does not mean “correct”: run more users, or widen the gaps with the dials.";
  if (!told.promised) return `No anomaly in this run. ${more}`;
  const met = told.cards.lost_updates.promised + told.cards.stale_overwrites.promised;
  return met ? `Nothing vanished in this run. ${more}` : "No change overlapped with another one or with a refresh, so none could be lost. Run more users.";
}

/** @param {Plan} plan */
function firstSteps({ visitors, kind, managers, of }) {
  const where = managers.length > 1 ? " on each manager" : managers.length && of > 1 ? ` on ${managers[0]} only` : "";
  return `A load runs ${plural(visitors, "user")}${where}. ${TO_COME[kind] ?? CHANGES}`;
}

/** What was there before this start, or "". @param {import("./lab-types.js").Judged} verdict @param {Status} status @param {string[]} variants */
function ofEarlierStart(verdict, status, variants) {
  if (!verdict.settled) return ""; // cleanup goes on where the earlier start was ended
  const left = variants.flatMap((name) => {
    const { left_over = 0, recovered = 0 } = status.variants[name] ?? {};
    const dead = verdict.variants[name]?.counts.dead_letters ?? 0;
    const told = [left_over && plural(left_over, "row"), recovered && plural(recovered, "session"), dead && plural(dead, "dead letter")].filter(Boolean).map(String);
    return told.length ? [`${list(told)} on ${name}`] : [];
  });
  return left.length ? `From before this start: ${left.join("; ")}.` : "";
}

/** The maxima of the two dials that make losses frequent: they belong to the run, and may be turned by now. @param {import("./lab-types.js").Environment} environment */
function conditionsOf({ window_ms, fault_rate }) {
  const delay = window_ms ? `an added delay of up to ${decimal(window_ms)} ms` : "no added delay";
  return `Measured with ${delay} and ${fault_rate ? `faults of up to ${percent(fault_rate)}` : "no faults"}.`;
}

/**
 * @param {import("./lab-types.js").Judged} verdict
 * @param {Status} status
 * @param {string[]} variants
 * @param {number[]} pids the processes that answer in turn, if several do
 * @param {Plan} plan
 * @returns {Saying}
 */
export function saying(verdict, status, variants, pids, plan) {
  if (pids.length) {
    return { phase: "several", lead: plain("Cannot tell: several processes answer."), aside: "", variants: {}, title: "Cannot tell" };
  }
  const calls = variants.some((name) => Object.keys(status.variants[name]?.calls ?? {}).length > 0);
  const asked = verdict.settled ? variants.some((name) => verdict.variants[name]?.asked) : calls;
  const rests = verdict.settled || verdict.waiting_for?.startsWith("cleanup"); // cleanup alone is no load
  if (!asked && rests && !anyLoadRuns(status)) {
    return { phase: "empty", earlier: ofEarlierStart(verdict, status, variants), aside: firstSteps(plan), variants: {}, title: "" };
  }

  const settled = verdict.settled && !anyLoadRuns(status);
  const card = verdict.card;
  const said = Object.fromEntries(variants.map((name) => [name, sayOne(verdict.variants[name], status.variants[name], settled, card)]));
  const conditions = conditionsOf(verdict.environment);
  if (!settled) {
    const aside = status.burst.state === "settling" ? SETTLING : status.outside ? "A load from outside is running. The verdict follows at its end." : verdict.waiting_for ? `No verdict now: ${verdict.waiting_for}.` : "Not at rest yet: the last requests are in flight.";
    return { phase: "measuring", aside, conditions, variants: said, title: "Measuring…" };
  }
  const gone = variants.filter((name) => verdict.variants[name]?.vanished > 0).map((name) => `${number(verdict.variants[name].vanished)} vanished on ${name}`);
  const off = variants.filter((name) => verdict.variants[name]?.verdict === "do not agree");
  const title = gone.length ? list(gone) : off.length ? `${list(off)}: does not agree` : "Everything agrees";
  return { phase: "done", aside: advice(variants.map((name) => verdict.variants[name]), status), conditions, variants: said, title };
}

/** @param {Part[]} parts */
const textOf = (parts) => parts.map(({ text }) => text).join(" ");

/** One sentence per line, the number of losses marked, and the details together at the end. @param {Part[]} parts @param {number} vanished */
function pointed(parts, vanished) {
  const details = parts.filter(({ role }) => role === "detail");
  const lines = parts.filter(({ role }) => role !== "detail").map(({ text, role }) => {
    const piece = role === "vanished" ? make("strong", { class: "vanished", "data-tone": vanished ? "bad" : "good" }, text) : text;
    return make("span", { class: "line" }, piece, " ");
  });
  return details.length ? [...lines, make("span", { class: "line line-small" }, textOf(details))] : lines;
}

/** One size for all managers: the largest in which all has the room that was kept for it, so that nothing below moves. @param {HTMLElement} section */
function fit(section) {
  const room = Math.ceil(Number.parseFloat(getComputedStyle(section).minHeight));
  for (const length of LENGTHS) {
    for (const sentence of section.querySelectorAll("[data-sentence]")) sentence.dataset.length = length;
    if (section.offsetHeight <= room) return;
  }
}

/** @param {string[]} variants */
export function mountVerdict(variants) {
  const region = find("#verdict");
  const lead = find("#verdict-lead");
  const pair = find("#verdict-pair");
  const first = find("#verdict-first");
  const earlier = find("#verdict-earlier");
  const aside = find("#verdict-aside");
  const conditions = find("#verdict-conditions");
  const letIn = find("#let-in");
  let fitted = "";
  find("button", earlier).addEventListener("click", () => find("#reset").click());

  /** @param {HTMLElement} place @param {string} text @param {() => Node[]} nodes */
  function write(place, text, nodes) {
    if (place.dataset.text === text) return;
    place.dataset.text = text;
    place.replaceChildren(...nodes());
  }

  /** @param {Saying} said */
  return (said) => {
    setData(region, "phase", said.phase);
    region.setAttribute("aria-live", said.phase === "measuring" || said.moving ? "off" : "polite"); // numbers that grow are not read out
    const together = Object.keys(said.variants).length === 0;
    const press = letIn.textContent;
    if (said.phase === "empty") {
      const next = letIn.disabled ? ["A load is shown here once it runs."] : ["Press ", make("label", { for: letIn.id }, press), "."];
      write(lead, letIn.disabled ? "read only" : press, () => [make("span", { class: "line" }, "Nothing measured yet. "), make("span", { class: "line" }, ...next)]);
    } else {
      const parts = said.lead ?? [];
      write(lead, textOf(parts), () => pointed(parts, 1));
    }
    setShown(lead, together);
    setShown(pair, !together);
    const empty = said.phase === "empty"; // what is said then is longer, and has a place of its own: nothing moves when it goes
    setText(first, empty ? said.aside : "");
    setText(find("span", earlier), said.earlier ?? "");
    setShown(earlier, Boolean(said.earlier));
    setText(aside, empty ? "" : said.aside);
    setText(conditions, said.conditions ?? "");
    for (const [name, one] of Object.entries(said.variants)) {
      const place = find(`[data-verdict="${name}"]`, pair);
      setData(place, "tone", one.tone);
      setWord(find("[data-word]", place), one.tone, one.word, one.shape);
      write(find("[data-sentence]", place), textOf(one.parts), () => pointed(one.parts, one.vanished));
    }
    const shown = `${window.innerWidth} ${JSON.stringify(said)}`;
    if (shown !== fitted) fit(region.parentElement);
    fitted = shown;
    const title = said.title ? `${said.title} · Session Race Lab` : "Session Race Lab";
    if (document.title !== title) document.title = title;
  };
}
