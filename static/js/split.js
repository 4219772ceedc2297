// The lesson of several processes that each keep their own sessions. Nothing here is a verdict: no gap shown here is a race.
import { find, make, setData, setShown, setText } from "./dom.js";
import { anyLoadRuns } from "./verdict.js";
import { list, NOTHING, number, plural } from "./words.js";
import { mountMembers, stateOf } from "./workers.js";

/** @typedef {import("./roster.js").Member} Member */
/** @typedef {import("./roster.js").Roster} Roster */
/** @typedef {import("./lab-types.js").Status} Status */
/** @typedef {import("./lab-types.js").OwnCounts} OwnCounts */

const FEW = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** Why the number of a load from this page is not what `chances` says. */
const FEWER = "The users of this page each keep one connection and so one process, and log in again after a 404, so fewer of theirs fail.";

const FIRST = "Run users to count those that fail.";

/** @param {number} count */
const word = (count) => FEW[count] ?? number(count);

/** How requests for one session end if each process gets the same share of them. @param {number} processes */
function chances(processes) {
  if (processes < 2) return "A process that does not have it answers 404 (no session).";
  return `If requests are spread evenly, ${word(processes - 1)} of ${word(processes)} requests for a session reach a process that does not have it, and are answered 404 (no session).`;
}

/** The headline, and the number of requests that failed. @param {Roster} roster @param {Status} status @returns {import("./verdict.js").Saying} */
export function sayingOfSplit(roster, status) {
  const { requests, failed, run } = status.burst;
  /** @type {import("./lab-types.js").Part[]} */
  const lead = [{ text: "Each session exists in one process only.", role: "said" }];
  const loaded = requests > 0 && run === status.run;
  if (loaded) lead.push({ text: `${number(failed)} of ${plural(requests, "request")} failed.`, role: "vanished" });
  const aside = `${chances(roster.present.length)} ${loaded ? FEWER : FIRST}`;
  return { phase: "split", lead, moving: anyLoadRuns(status), aside, variants: {}, title: "Each session in one process only" };
}

/** The counts of one manager: the open sessions large, the others beside them. @param {string} name */
const countsOf = (name) => make("div", { class: "own", "data-own": name },
  make("dt", { class: "variant-name" }, name), make("dd", {}, make("span", { class: "figure", "data-store": "" }, NOTHING), make("span", { class: "quiet-text", "data-others": "" })));

/** @param {HTMLElement} place @param {string} name @param {OwnCounts | undefined} counts @param {string} none what is said in their place */
function showCounts(place, name, counts, none = "") {
  const own = find(`[data-own="${name}"]`, place);
  setText(find("[data-store]", own), number(counts?.store));
  setText(find("[data-others]", own), counts ? `statistics ${number(counts.statistics)} · queue ${number(counts.queue)}` : none);
}

/** @param {(OwnCounts | undefined)[]} all @returns {OwnCounts} */
const sumOf = (all) => all.reduce((/** @type {OwnCounts} */ sum, one) => ({
  store: sum.store + (one?.store ?? 0), statistics: sum.statistics + (one?.statistics ?? 0), queue: sum.queue + (one?.queue ?? 0),
}), { store: 0, statistics: 0, queue: 0 });

/** @param {string[]} variants */
export function mountSplit(variants) {
  const section = find("#split");
  const sum = find("#split-sum");
  const shared = find("#split-shared");
  /** @type {string[]} the managers that each process has for itself */
  let local = [];
  let nowS = 0;

  const showMembers = mountMembers(
    find("#split-list"),
    ({ pid }) => make("article", { class: "card process", "data-process": String(pid) },
      make("header", {}, make("h3", {}, `Process ${pid}`), make("p", { class: "quiet-text", "data-state": "" })), make("dl", {}, ...local.map(countsOf))),
    (card, member) => {
      const { tone, text } = stateOf(member, nowS);
      setData(card, "tone", tone);
      setText(find("[data-state]", card), text || plural(member.threads, "thread"));
      for (const name of local) showCounts(card, name, tone === "gone" ? undefined : member.own[name], tone === "gone" ? "ended with the process" : "");
    },
  );

  /** @param {Roster} roster @param {number} now */
  return (roster, now) => {
    setShown(section, roster.split);
    if (!roster.split) return;
    setData(find("main"), "lesson", "split");
    nowS = now;
    if (!local.length) {
      local = variants.filter((name) => roster.present.some(({ own }) => name in own));
      find("dl", sum).append(...local.map(countsOf));
    }
    showMembers(roster.members);
    setText(find("[data-state]", sum), plural(roster.present.length, "process", "processes"));
    for (const name of local) showCounts(sum, name, sumOf(roster.present.map(({ own }) => own[name])));
    const others = variants.filter((name) => !local.includes(name));
    setText(shared, others.length ? `${list(others)} ${others.length > 1 ? "keep their" : "keeps its"} sessions where every process finds them, so ${others.length > 1 ? "they are" : "it is"} not shown here.` : "");
    setShown(shared, others.length > 0);
  };
}
