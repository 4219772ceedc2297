// The four cards with the result of each manager. "Agree" requires that something was measured.
import { base } from "./api.js";
import { find, make, setData, setShown, setText, setWord } from "./dom.js";
import { moment, number, plural } from "./words.js";

/** @typedef {{tone: import("./dom.js").Tone, word: string, shape?: string, sentence: string, note: string, evidence: import("./lab-types.js").Line[]}} Result */

/** @typedef {import("./lab-types.js").Card} Card */

/** What agrees: no change vanished, cleanup is done, or counts are equal. @type {Record<string, (card: Card) => string>} */
const AGREED = {
  cleanup_leak: (card) => `agree: ${number(card.promised)} came up for cleanup, none stuck`,
  phantom_sessions: (card) => `agree: ${plural(card.promised, "login or logout", "logins and logouts")}, the counts agree`,
};

const UNMEASURED = "not measured yet";

/** @param {Card} card */
const noneVanished = (card) => `agree: ${number(card.promised)} overlapped, 0 vanished`;

/**
 * @param {import("./lab-types.js").Result | undefined} told one variant's verdict
 * @param {string} key of the bug
 * @param {boolean} settled
 * @returns {Result}
 */
function resultOf(told, key, settled) {
  const card = told?.cards[key];
  const nothing = { sentence: "", note: "", evidence: [] };
  if (!card) return { tone: "none", word: UNMEASURED, ...nothing };
  if (!settled) return { tone: "busy", word: "measuring…", ...nothing };
  const rest = { sentence: card.sentence, note: "", evidence: card.evidence };
  if (card.verdict === "do not agree") {
    const firstSeen = card.first_at ? `, first seen ${moment(card.first_at)}` : "";
    return { tone: "bad", word: `seen ${plural(card.count, "time")}${firstSeen}`, ...rest };
  }
  if (!card.promised || !told?.asked) return { tone: "none", word: UNMEASURED, ...nothing, note: told?.asked ? card.sentence : "" };
  if (card.verdict === "cannot tell") return { tone: "none", word: "cannot tell", shape: "unknown", ...rest };
  return { tone: "good", word: (AGREED[key] ?? noneVanished)(card), ...nothing };
}

/** @param {string} variant @param {import("./lab-types.js").Line} line */
function shown(variant, line) {
  if (!line.loss) return make("li", {}, line.text);
  return make("li", {}, make("a", { href: `${base}/lab/loss/${variant}/${line.loss}` }, line.text));
}

/** @param {HTMLElement} place @param {string} variant @param {Result} result */
function show(place, variant, result) {
  setData(place, "tone", result.tone);
  setWord(find("[data-word]", place), result.tone, result.word, result.shape);
  const sentence = find("[data-sentence]", place);
  setText(sentence, result.sentence);
  setShown(sentence, result.sentence !== "");
  const note = find("[data-note]", place);
  setText(note, result.note);
  setShown(note, result.note !== "");

  const evidence = find("[data-evidence]", place);
  setShown(evidence, result.evidence.length > 0);
  const lines = find("ul", evidence);
  const told = JSON.stringify(result.evidence);
  if (evidence.dataset.lines === told) return;
  evidence.dataset.lines = told;
  setText(find("summary", evidence), `Evidence (${plural(result.evidence.length, "line")})`);
  lines.replaceChildren(...result.evidence.map((line) => shown(variant, line)));
}

/**
 * The replay of a card is that of its first loss, as soon as one is drawn.
 * @param {HTMLElement} card @param {string[]} variants @param {Result[]} results
 */
function leadToReplay(card, variants, results) {
  const link = /** @type {HTMLAnchorElement} */ (find("[data-replay]", card));
  link.dataset.usual ??= link.href;
  const lost = results.flatMap(({ evidence }, at) => evidence.filter((line) => line.loss).map((line) => [variants[at], line.loss]));
  const href = lost.length ? `${base}/lab/loss/${lost[0].join("/")}#again` : link.dataset.usual;
  if (link.getAttribute("href") === href) return;
  link.href = href;
  setText(find("span", link), lost.length ? "Replay one of these" : "Replay it, step by step");
}

/** @param {string[]} all @param {(name: string) => boolean} isShown */
export function mountBugs(all, isShown) {
  const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-bug]")]);

  /** @param {import("./lab-types.js").Judged} verdict @param {boolean} settled */
  return (verdict, settled) => {
    const variants = all.filter(isShown);
    for (const card of cards) {
      const results = variants.map((name) => {
        const result = resultOf(verdict.variants[name], card.dataset.bug ?? "", settled);
        show(find(`[data-result="${name}"]`, card), name, result);
        return result;
      });
      leadToReplay(card, variants, results);
      setData(card, "tone", results.some((result) => result.tone === "bad") ? "bad" : "none");
    }
  };
}
