// The board of a class: guesses by keyboard, exports dropped on it, and the lesson's clock.
import { get, orSay, post } from "./api.js";
import { mountClassClock } from "./class-clock.js";
import { mountCopy } from "./copy-svg.js";
import { find, make, setShown, setText } from "./dom.js";
import { mountTheme } from "./theme.js";
import { moment } from "./words.js";

const AGAIN_MS = 4000;
const AT_ONCE_MS = 1000;
const GONE_AFTER_FAILURES = 2;
const MOST_TOLD = 60;

/** @typedef {{said: string, mark: string, counted: string, step: number, began: [number, number], now: number, html: string}} Board */

const place = find("#board");
const clock = mountClassClock();
let mark = "";
let failures = 0;
let heardMs = Date.now();

/** What is on the page may be old: it says so, and since when. @param {boolean} answered */
function note(answered) {
  failures = answered ? 0 : failures + 1;
  if (answered) heardMs = Date.now();
  const gone = failures >= GONE_AFTER_FAILURES;
  const silent = find("#gone");
  if (gone) setText(silent, `The server is not answering. The board and its clock are as they were at ${moment(heardMs / 1000)}. The page retries.`);
  setShown(silent, gone);
  clock.stand(gone);
  if (!answered && !gone) setTimeout(look, AT_ONCE_MS);
}

/** @param {Board} board */
function show(board) {
  if (board.mark !== mark) {
    const open = place.querySelector("details")?.open ?? false;
    place.replaceChildren(...new DOMParser().parseFromString(board.html, "text/html").body.childNodes);
    if (open) place.querySelector("details")?.setAttribute("open", "");
  }
  mark = board.mark;
  const counted = document.querySelector("#counted");
  if (counted) setText(counted, board.counted);
  clock.show(board);
}

/** @param {string} path @param {object} [body] @returns {Promise<string>} what the server says of it */
async function tell(path, body = {}) {
  const board = await post(path, body);
  show(board);
  return board.said;
}

function mountGuesses() {
  const form = document.querySelector("#guess");
  if (!(form instanceof HTMLFormElement)) return; // another computer's page
  const lost = find("#lost");
  const name = find("#name");
  const said = find("#said");
  const problem = find("#guess-problem");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = lost.value.trim().replace(/\s*%$/, "").replace(",", ".");
    const body = { lost: text === "" ? null : Number(text), name: name.value };
    lost.select();
    orSay(problem, async () => {
      setText(said, await tell("/class/guesses", body));
      lost.value = name.value = "";
      lost.focus();
    });
  });
  find("#undo").addEventListener("click", () => orSay(problem, async () => setText(said, await tell("/class/guesses/undo"))));
}

function mountRuns() {
  const drop = document.querySelector("#drop");
  if (!(drop instanceof HTMLElement)) return;
  const files = find("#files");
  const told = find("#told");

  /** @param {() => Promise<string>} action */
  async function list(action) {
    let tone = "good";
    const said = await action().catch((error) => {
      tone = "bad";
      return error.message;
    });
    told.prepend(...said.split("\n").map((/** @type {string} */ line) => make("li", { "data-tone": tone }, line)));
    while (told.children.length > MOST_TOLD) told.lastElementChild?.remove();
  }

  /** @param {FileList | undefined} chosen */
  async function handIn(chosen) {
    for (const file of chosen ?? []) {
      await list(async () => {
        if (file.size > Number(drop.dataset.most)) throw new Error(`${file.name}: ${drop.dataset.tooMuch}`);
        const board = await post(`/class/runs?name=${encodeURIComponent(file.name)}`, file);
        show(board);
        return board.said;
      });
    }
  }

  find("#here").addEventListener("click", () => list(() => tell("/class/runs/here")));
  files.addEventListener("change", async () => {
    await handIn(files.files);
    files.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.toggleAttribute("data-over", true);
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.toggleAttribute("data-over", false));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    handIn(event.dataTransfer?.files);
  });
  place.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = event.target instanceof HTMLElement ? event.target.closest("[data-remove]") : null;
    if (button instanceof HTMLElement) list(() => tell("/class/runs/remove", { run: Number(button.dataset.remove) }));
  });
}

async function look() {
  if (document.hidden) return;
  const board = await get(`/class/board?mark=${mark}`).catch(() => null);
  note(board !== null);
  if (board?.mark) show(board); // {} if nothing has changed
}

mountTheme(find("#theme"), () => {});
mountGuesses();
mountRuns();
mountCopy(find("#copy"), () => find("svg", place));
clock.onStep((step) => tell("/class/step", { step }));
look();
setInterval(look, AGAIN_MS);
document.addEventListener("visibilitychange", look);
