// A row of the processes that serve. A new one and one that has gone are marked for a minute.
import { find, make, setData, setShown, setText } from "./dom.js";
import { NOTED_AFTER_S, Roster } from "./roster.js";
import { duration, engines, list, moment, number, plural } from "./words.js";

/** @typedef {import("./roster.js").Member} Member */

/** What is to be said of one beside its number, or "". @param {Member} member @param {number} nowS */
export function stateOf(member, nowS) {
  if (member.goneS !== null) return { tone: "gone", text: `ended ${moment(member.goneS)}` };
  if (member.silentS > NOTED_AFTER_S) return { tone: "silent", text: `silent for ${duration(member.silentS)}` };
  if (!member.threads) return { tone: "new", text: "starting" };
  if (Roster.isNew(member, nowS)) return { tone: "new", text: `new, since ${moment(Number(member.cameS))}` };
  return { tone: "there", text: "" };
}

/**
 * One element for each member, made once and kept, so that nothing flickers.
 * @param {HTMLElement} place
 * @param {(member: Member) => HTMLElement} create
 * @param {(element: HTMLElement, member: Member) => void} update
 */
export function mountMembers(place, create, update) {
  /** @type {Map<number, HTMLElement>} */
  const elements = new Map();

  /** @param {Member[]} members */
  return (members) => {
    for (const [pid, element] of elements) {
      if (members.some((member) => member.pid === pid)) continue;
      element.remove();
      elements.delete(pid);
    }
    members.forEach((member, at) => {
      const element = elements.get(member.pid) ?? create(member);
      elements.set(member.pid, element);
      if (place.children[at] !== element) place.insertBefore(element, place.children[at] ?? null);
      update(element, member);
    });
  };
}

/** @param {string} name @returns {HTMLElement} the calls of one manager that a worker has acknowledged */
const callsOf = (name) => make("div", { "data-calls": name }, make("dt", {}, name), make("dd", {}));

/** @param {string[]} variants @param {(name: string) => boolean} isShown */
export function mountWorkers(variants, isShown) {
  const panel = find("#workers");
  const notice = find("#notice-silent");
  let nowS = 0;

  const showMembers = mountMembers(
    find("#worker-list"),
    ({ pid }) => make("li", { class: "worker", "data-worker": String(pid) }, make("span", { class: "worker-pid" }, String(pid)), make("span", { "data-threads": "" }), make("span", { "data-state": "" }), make("dl", {}, ...variants.map(callsOf))),
    (item, member) => {
      const { tone, text } = stateOf(member, nowS);
      setData(item, "tone", tone);
      setText(find("[data-threads]", item), member.threads ? plural(member.threads, "thread") : "");
      setText(find("[data-state]", item), text);
      for (const name of variants) {
        const calls = find(`[data-calls="${name}"]`, item);
        setText(find("dd", calls), number(member.acknowledged[name] ?? 0));
        setShown(calls, isShown(name));
      }
    },
  );

  /** @param {Roster} roster @param {import("./lab-types.js").Status} status @param {number} now */
  return (roster, status, now) => {
    setShown(panel, roster.several && !roster.split);
    if (!roster.several) return;
    nowS = now;
    setText(find("#workers-heading"), roster.words);
    setText(find("#workers-said"), `They share their sessions in ${engines(status.environment.database)}. Process ${status.environment.pid} judges what they do. Each counts the calls that it has acknowledged.`);
    for (const room of panel.querySelectorAll("[data-room]")) room.remove(); // it was kept before they were known
    showMembers(roster.members);
    const { silent } = roster;
    if (silent.length) {
      const [who, it] = silent.length > 1 ? ["Workers", "them"] : ["Worker", "it"];
      setText(notice, `${who} ${list(silent.map(({ pid }) => String(pid)))}: nothing heard for ${duration(Math.max(...silent.map(({ silentS }) => silentS)))}. ` +
        `Requests that have reached ${it} wait, and new settings of the dials may not reach ${it}.`);
    }
    setShown(notice, silent.length > 0);
  };
}
