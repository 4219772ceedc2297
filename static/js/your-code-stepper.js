// A finding, line by line: a column for each thread with the author's source, and between them what they share.
import { find, icon, make, setData, setShown, setText } from "./dom.js";
import { showCurrent } from "./in-view.js";
import { mountKeys } from "./keys.js";
import { markTrace, showTrace } from "./your-code-trace.js";

/** @typedef {import("./your-code-types.js").Frame} Frame */
/** @typedef {import("./your-code-types.js").Stepped} Stepped */
const PLAY_MS = 1100;
const SIGNS = { answered: "agree", raised: "disagree", running: "step", later: "none" };

/** @param {Stepped} stepped @param {Frame} frame @param {string} task */
function linesOf({ files }, frame, task) {
  const { file, just, next, state } = frame.stands[task];
  return (files[file]?.lines ?? []).map(({ number, indent, pieces }) => {
    if (!number) return make("li", { class: "gap" }, make("span", { class: "sign" }, "⋯"));
    const text = make("code", {}, ...pieces.map(([kind, piece]) => (kind ? make("span", { class: kind }, piece) : piece)));
    text.style.setProperty("--indent", String(indent));
    const at = number === just ? "just" : number === next ? "next" : "";
    const signs = { just: "●", next: state === "waits" ? "‖" : "▶", "": "" };
    const line = make("li", at ? { "data-at": at } : {}, make("span", { class: "sign" }, signs[at]), make("span", { class: "line-number" }, String(number)), text);
    if (at === "just" || (at === "next" && !just)) line.setAttribute("aria-current", "step");
    if (at === "just" && frame.words.length) line.append(make("span", { class: "did" }, frame.words.join("; ")));
    return line;
  });
}

/** @param {Frame} frame @param {string} task */
function callsOf(frame, task) {
  return frame.calls[task].map(({ call, state, answer }) => {
    const item = make("li", { "data-state": state === "running" ? "current" : state }, icon(SIGNS[state]), make("code", {}, call));
    if (answer) item.append(" ", make("span", { class: "answer" }, state === "raised" ? `raises ${answer}` : `→ ${answer}`));
    return item;
  });
}

/** @param {Frame} frame @param {string} task */
function reasonOf(frame, task) {
  const { state, reason } = frame.stands[task];
  if (reason) return reason;
  if (frame.interrupts === task) return `interrupted by ${frame.task}`;
  return { later: "has not begun", ready: frame.task === task ? "runs" : "can go on", waits: "waits", done: "has ended" }[state];
}

/** What a thread has seen last of what is shared, and whether that is still so. @param {Frame[]} frames @param {number} at @param {string} task */
function seenBy(frames, at, task) {
  return frames[at].shared.flatMap(({ name, value }, place) => {
    const looks = frames.slice(0, at + 1).filter((frame) => frame.task === task && frame.shared[place].touch);
    const last = looks.at(-1)?.shared[place];
    if (!last) return [];
    const stale = last.value !== value;
    const words = `${last.touch === "read" ? "has read" : "has written"} `;
    const item = make("li", { "data-stale": String(stale) }, words, make("code", {}, name), ": ", make("strong", {}, last.value));
    if (stale) item.append(" ", make("span", { class: "stale" }, `now ${value}`));
    return [item];
  });
}

/** @param {Frame} frame */
function showShared(frame) {
  const values = frame.shared.map(({ name, shown, value, before, touch }) => {
    const changed = value !== before;
    const told = make("dd", {}, ...(changed ? [make("s", {}, before), " → "] : []), make("strong", { class: value === "nothing" ? "absent" : "" }, value));
    const by = touch && make("span", { class: "touched" }, `${touch} by ${frame.task}${touch === "written" && !changed ? ", the same again" : ""}`);
    return make("div", { "data-touch": touch, "data-task": frame.task, "data-shown": String(shown) }, make("dt", {}, name), told, by || "");
  });
  find("#shared").replaceChildren(...values);
  setShown(find("#no-value"), !values.length);
  const locks = frame.locks.map(({ name, holders, waiting }) => {
    const badges = [
      ...holders.map((task) => make("span", { class: "who", "data-task": task }, `${task} holds`)),
      ...waiting.map((task) => make("span", { class: "who waits", "data-task": task }, `${task} waits`)),
    ];
    return make("li", { "data-held": String(holders.length > 0) }, icon("lock"), make("code", {}, name), ...(badges.length ? badges : [make("span", { class: "quiet-text" }, "free")]));
  });
  find("#locks").replaceChildren(...(locks.length ? locks : [make("li", { class: "nothing" }, "No lock.")]));
}

/** @param {string} task */
function columnOf(task) {
  return make("article", { class: "card task", "data-column": task, "data-task": task, "aria-label": `Thread ${task}` },
    make("div", { class: "column-head" },
      make("span", { class: "badge", "aria-hidden": "true" }, task),
      make("h3", {}, `Thread ${task}`), make("p", { class: "reason", "data-reason": "" }),
      make("p", { class: "code-place quiet-text", "data-place": "" })),
    make("ul", { class: "operations", "data-calls": "" }),
    make("ul", { class: "seen", "data-seen": "" }),
    make("ol", { class: "code", "data-code": "", tabindex: "0", "aria-label": `The source, where thread ${task} stands` }));
}

/** @param {Frame[]} frames @param {number} at */
function saidOf(frames, at) {
  const frame = frames[at];
  if (at === 0) return "Nothing has run yet. Step, or press →.";
  if (at === frames.length - 1) return `In the end: ${frame.words.join("; ") || "all threads have ended"}.`;
  const who = frame.interrupts ? `${frame.task} interrupts ${frame.interrupts}` : frame.task;
  return `${who}: ${frame.words.join("; ") || "goes on"}.`;
}

/** @returns {(stepped: Stepped, title: string) => void} shows a finding from its beginning */
export function mountStepper() {
  const sides = find("#sides");
  const lanes = find("#lanes");
  const trail = find("#trail");
  /** @type {Stepped} */
  let stepped = { threads: [], frames: [], files: {} };
  let at = 0;
  /** @type {number | undefined} */
  let playing;

  function pause() {
    clearInterval(playing);
    playing = undefined;
    setText(find("#play span"), "Play");
  }

  function show() {
    const frame = stepped.frames[at];
    const last = stepped.frames.length - 1;
    for (const task of stepped.threads) {
      const column = find(`[data-column="${task}"]`, sides);
      const { file, state } = frame.stands[task];
      setData(column, "state", state);
      setData(column, "runs", String(frame.task === task));
      setText(find("[data-reason]", column), reasonOf(frame, task));
      setText(find("[data-place]", column), stepped.files[file]?.name ?? "");
      find("[data-calls]", column).replaceChildren(...callsOf(frame, task));
      find("[data-seen]", column).replaceChildren(...seenBy(stepped.frames, at, task));
      const code = find("[data-code]", column);
      code.replaceChildren(...linesOf(stepped, frame, task));
      showCurrent(code);
    }
    showShared(frame);
    setText(find("#said"), saidOf(stepped.frames, at));
    setData(find("#said"), "task", frame.task);
    markTrace(at);
    for (const item of trail.children) {
      const number = Number(item.dataset.number);
      setData(item, "taken", String(number <= at));
      const chip = find("button", item);
      if (number === at) chip.parentElement.setAttribute("aria-current", "step");
      else chip.parentElement.removeAttribute("aria-current");
    }
    const edge = trail.children[at - 1];
    if (edge) lanes.scrollLeft = edge.offsetLeft + edge.offsetWidth - lanes.clientWidth + 96;
    else lanes.scrollLeft = 0;
    for (const [id, off] of /** @type {[string, boolean][]} */ ([["back", at === 0], ["start", at === 0], ["step", at === last], ["end", at === last], ["play", at === last]])) {
      find(`#${id}`).setAttribute("aria-disabled", String(off));
    }
    if (at === last) pause();
  }

  /** @param {number} where */
  function goTo(where) {
    at = Math.max(0, Math.min(stepped.frames.length - 1, where));
    show();
  }

  /** @type {Record<string, () => void>} */
  const moves = { back: () => goTo(at - 1), step: () => goTo(at + 1), start: () => goTo(0), end: () => goTo(stepped.frames.length - 1) };
  for (const [id, move] of Object.entries(moves)) {
    find(`#${id}`).addEventListener("click", () => {
      pause();
      move();
    });
  }
  find("#play").addEventListener("click", () => {
    if (playing !== undefined) return pause();
    if (at === stepped.frames.length - 1) return;
    setText(find("#play span"), "Pause");
    playing = setInterval(moves.step, PLAY_MS);
    moves.step();
  });
  trail.addEventListener("click", (/** @type {Event} */ event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest("[data-number]");
    if (!(item instanceof HTMLElement)) return;
    pause();
    goTo(Number(item.dataset.number));
  });
  mountKeys(find("#player"), (key) => {
    const name = { ArrowRight: "step", ArrowLeft: "back", Home: "start", End: "end" }[key];
    return name && (() => {
      pause();
      moves[name]();
    });
  });

  return (told, title) => {
    pause();
    stepped = told;
    const { threads, frames } = told;
    sides.querySelectorAll("[data-column]").forEach((/** @type {Element} */ old) => old.remove());
    find(".both", sides).before(columnOf(threads[0]));
    sides.append(...threads.slice(1).map(columnOf));
    setData(sides, "threads", String(threads.length));
    setData(sides, "sees", String(frames[0].shared.length > 0)); // so that nothing moves when a thread first reads
    for (const element of [sides, lanes]) element.style.setProperty("--many", String(threads.length));
    lanes.querySelectorAll(".lane-name").forEach((/** @type {Element} */ old) => old.remove());
    trail.before(...threads.map((task) => make("span", { class: "lane-name", "data-task": task, "aria-hidden": "true" }, task)));
    trail.replaceChildren(...frames.slice(1, -1).map((frame, index) => {
      const { just } = frame.stands[frame.task];
      const does = `${frame.interrupts ? `interrupts ${frame.interrupts}; ` : ""}${frame.words.join("; ")}`;
      const chip = make("button", { type: "button", class: "chip", title: does, "aria-label": `${frame.task}, line ${just}: ${does}` }, ...(just ? [make("span", { class: "chip-word" }, "line "), String(just)] : ["goes on"]));
      const item = make("li", { "data-task": frame.task, "data-number": String(index + 1), "data-interrupts": frame.interrupts }, chip);
      item.style.setProperty("--at", String(index + 1));
      item.style.setProperty("--lane", String(threads.indexOf(frame.task) + 1));
      return item;
    }));
    lanes.style.setProperty("--steps", String(frames.length - 2));
    showTrace(stepped);
    setText(find("#order-heading"), `Schedule ${title}`);
    goTo(0);
  };
}
