// The card "Your own store": opens reports of `check` beside each other. They are read in this browser and go nowhere. What is in a
// file becomes text, never markup. Until it is closed, a report is kept for this tab.
import { mountCopies } from "./copy.js";
import { find, make, setData, setShown, setText, setWord } from "./dom.js";
import { MOST_BYTES, NoReport, readReport } from "./own-store-read.js";
import { number } from "./words.js";

/** @typedef {import("./own-store-read.js").OwnColumn} OwnColumn */
/** @typedef {import("./own-store-read.js").OwnReport} OwnReport */
/** @typedef {{name: string, content: string}} Opened */

const KEY = "race-lab-own-stores";
const MOST = 2;
const KB = 1024;
/** @type {Record<string, {tone: import("./dom.js").Tone, shape?: string}>} */
const LOOKS = { agree: { tone: "good" }, "do not agree": { tone: "bad" }, "cannot tell": { tone: "none", shape: "unknown" } };

/** @param {string} verdict */
function wordOf(verdict) {
  const word = make("span", { class: "word" });
  setWord(word, LOOKS[verdict].tone, verdict, LOOKS[verdict].shape);
  return word;
}

/** @param {string} name @param {string} value */
const fact = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));

/** To the causes of a finding on the page Stores. @param {OwnColumn} column */
function causesOf({ key, verdict }) {
  const { causes = "", known = "" } = find("#own-store").dataset;
  if (verdict !== "do not agree" || !known.split(" ").includes(key)) return "";
  return make("p", { class: "own-causes" }, make("a", { href: `${causes}#why-${key}` }, "What causes it, and what helps"));
}

/** @param {OwnColumn} column */
function columnOf(column) {
  const { key, verdict, counts, tested, wrong, refused, unknown, odds, sentence, conditions } = column;
  const figure = tested
    ? [make("p", { class: "own-figure" }, make("span", { class: "figure" }, number(wrong)), ` of ${number(tested)}`), make("p", { class: "quiet-text" }, `${counts}${odds ? ` · ${odds}` : ""}`)]
    : [make("p", { class: "quiet-text" }, counts)];
  return make("section", { class: "own-column", "data-tone": LOOKS[verdict].tone },
    make("p", { class: "bug-result-head" }, make("strong", { class: "variant-name" }, key.replaceAll("_", " ")), wordOf(verdict)),
    ...figure,
    make("p", { class: "bug-sentence" }, sentence),
    causesOf(column),
    make("details", {}, make("summary", {}, "Counts and conditions"),
      make("dl", { class: "own-facts" }, fact("tested", number(tested)), fact("wrong", number(wrong)), fact("refused", number(refused)), fact("unknown", number(unknown)),
        ...(conditions.length ? [fact("conditions", conditions.join(", "))] : []))));
}

/** @param {string} name of the file @param {OwnReport} report @param {() => void} close */
function articleOf(name, report, close) {
  const { url, verdict, sentence, columns, notes, conditions } = report;
  const button = make("button", { type: "button", class: "quiet" }, "Close");
  button.addEventListener("click", close);
  return make("article", { class: "card own-result" },
    make("header", { class: "panel-head" }, make("h3", { tabindex: "-1" }, make("span", { class: "own-url" }, url), " ", wordOf(verdict)), button),
    make("p", { class: "sentence", "data-length": "long" }, sentence),
    make("p", { class: "quiet-text" }, [`${name}: ${conditions.join(", ")}.`, ...notes].join(" ")),
    make("div", { class: "own-columns" }, ...columns.map(columnOf)));
}

/** @returns {Opened[]} what this tab had open */
function kept() {
  try {
    const all = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return all.filter((/** @type {any} */ one) => typeof one?.name === "string" && typeof one?.content === "string").slice(0, MOST);
  } catch {
    return [];
  }
}

/** @param {Opened[]} opened */
function keep(opened) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(opened));
  } catch { /* not kept, still open */ }
}

/** @param {File} file @returns {Promise<Opened>} @throws {NoReport} */
async function contentOf(file) {
  if (file.size > MOST_BYTES) throw new NoReport(`It has ${number(Math.ceil(file.size / KB))} KB, and a report of check has a few; more than ${MOST_BYTES / KB} KB are not read. Choose the file that “check --json FILE” has written.`);
  try {
    return { name: file.name, content: await file.text() };
  } catch {
    throw new NoReport("The browser cannot read it: it may be a folder, or it has changed. Choose the file again.");
  }
}

/** The routes of one framework at a time. */
function mountFrameworks() {
  find("#own-frameworks").addEventListener("change", ({ target }) => {
    const name = /** @type {HTMLInputElement} */ (target).value;
    for (const source of document.querySelectorAll(".own-source pre")) setShown(/** @type {HTMLElement} */ (source), source.id === `own-${name}`);
    setText(find("#own-framework"), name);
    setData(find("#own-copy"), "copy", `#own-${name}`);
  });
}

function mountOwnStore() {
  const section = find("#own-store");
  const drop = find("#own-drop");
  const input = find("#own-file");
  const problem = find("#own-problem");
  const results = find("#own-results");
  /** @type {Opened[]} */
  let opened = [];

  /** @param {Opened} one @returns {HTMLElement} @throws {NoReport} */
  function show(one) {
    const article = articleOf(one.name, readReport(one.content), () => {
      opened = opened.filter((other) => other !== one);
      keep(opened);
      article.remove();
      setShown(problem, false);
      arrange();
      input.focus();
    });
    opened.push(one);
    results.append(article);
    arrange();
    return article;
  }

  function arrange() {
    setShown(results, opened.length > 0);
    setData(results, "managers", String(opened.length));
    const rows = [...results.querySelectorAll(".own-columns")].map((columns) => columns.childElementCount);
    results.style.setProperty("--rows", String(Math.max(1, ...rows)));
  }

  /** @param {Iterable<File>} files */
  async function open(files) {
    setShown(problem, false);
    for (const file of files) {
      try {
        if (opened.length === MOST) throw new NoReport("Two reports are open already. Close one of them, and open this one again.");
        const article = show(await contentOf(file));
        keep(opened);
        find("h3", article).focus();
      } catch (error) {
        if (!(error instanceof NoReport)) throw error;
        problem.textContent = `${file.name.slice(0, 80)} was not opened. ${error.message}`;
        setShown(problem, true);
        problem.scrollIntoView({ block: "nearest" });
        return;
      }
    }
  }

  input.addEventListener("change", async () => {
    await open([...input.files]);
    input.value = ""; // or the same file could not be chosen again
  });

  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  let leaving = 0;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setData(drop, "over", "true");
    clearTimeout(leaving);
    leaving = setTimeout(() => setData(drop, "over", "false"), 300);
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // or the browser would leave the page for the file
    setData(drop, "over", "false");
    open(event.dataTransfer?.files ?? []);
  });

  for (const one of kept()) {
    try {
      show(one);
    } catch { /* what an earlier lab has kept */ }
  }
  mountFrameworks();
  mountCopies(section);
}

mountOwnStore();
