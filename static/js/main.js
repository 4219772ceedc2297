// Assembles the page: one poller, one history, and views that get what they need.
import { Refusal, TOLD } from "./api.js";
import { mountBanner } from "./banner.js";
import { mountBugs } from "./bugs.js";
import { mountCharts } from "./charts.js";
import { mountColumns } from "./columns.js";
import { mountDeadLetters } from "./deadletters.js";
import { mountDials } from "./dials.js";
import { find, icon, make } from "./dom.js";
import { mountGuide } from "./guide.js";
import { History } from "./history.js";
import { mountKeptLoad } from "./kept-load.js";
import { mountLoad } from "./load.js";
import { mountMirror } from "./mirror.js";
import { mountNoWait } from "./no-wait.js";
import { Origin } from "./origin.js";
import { callsPerSecond } from "./outside.js";
import { mountPanels } from "./panels.js";
import { startPolling } from "./poller.js";
import { Roster } from "./roster.js";
import { mountRuns } from "./runs.js";
import { mountSplit, sayingOfSplit } from "./split.js";
import { mountTheme } from "./theme.js";
import { timeframe } from "./timeframe.js";
import { anyLoadRuns, mountVerdict, saying } from "./verdict.js";
import { mountWorkers } from "./workers.js";
import { mountWriters } from "./writers.js";

const GONE_AFTER_FAILURES = 2;
const CLOCK_MS = 500;
const CALM_DRAW_MS = 1000;

const settings = find("main").dataset;
/** @type {string[]} */
const variants = settings.variants.split(" ");
const history = new History();
const origin = new Origin();
const roster = new Roster();
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

const banner = mountBanner();
const columns = mountColumns(variants, showAnew);
const showVerdict = mountVerdict(variants);
const charts = mountCharts(variants, columns.isShown);
const showPanels = mountPanels(variants);
const showBugs = mountBugs(variants, columns.isShown);
const showMirror = mountMirror(columns.shown);
const keptLoad = mountKeptLoad(showMeasured);
const load = mountLoad();
const showDials = mountDials();
const showRuns = mountRuns(columns.shown);
const showDeadLetters = mountDeadLetters();
const showWorkers = mountWorkers(variants, columns.isShown);
const showSplit = mountSplit(variants);
const showGuide = mountGuide();
const allowWriters = mountWriters();
mountNoWait();
mountTheme(find("#theme"), charts.draw);

/** @typedef {import("./lab-types.js").Poll} Poll */

/** @type {Poll | null} */
let answer = null;
let heardMs = 0;
let failures = 0;
let why = ""; // there are no numbers, if the server says
let run = 0;
let drawnMs = 0;
/** @type {{atMs: number, ageS: number} | null} */
let paused = null;

/** Age of the newest sample in seconds: its transfer time and the time since it was measured. */
function ageS() {
  if (!answer || !history.newest) return null;
  return Math.max(0, answer.now - history.newest.at) + (performance.now() - heardMs) / 1000;
}

function showMeasured() {
  if (!paused && answer) show(answer);
}

/** Other columns: also while paused. */
function showAnew() {
  if (!answer) return;
  show(answer);
  showRuns(answer.status);
  charts.draw();
}

/** @param {Poll} known */
function show({ status, verdict, now }) {
  showWorkers(roster, status, now);
  showSplit(roster, now);
  const said = roster.split ? sayingOfSplit(roster, status) : saying(verdict, status, variants, origin.several, load.plan());
  showVerdict(said);
  columns.say(said, roster.several && !roster.split);
  if (roster.split) return;
  if (origin.several.length === 0) showGuide(verdict, status);
  const atRest = verdict.settled && !anyLoadRuns(status) && origin.several.length === 0;
  showBugs(verdict, atRest);
  showPanels(history, status, atRest ? verdict : null);
  showDeadLetters(history.newest);
  const rests = !anyLoadRuns(status);
  const time = keptLoad(history.samples, status, rests) ?? timeframe(history.samples, variants, rests);
  showMirror(time);
  if (calm.matches && performance.now() - drawnMs < CALM_DRAW_MS) return;
  drawnMs = performance.now();
  charts.show(time);
}

function showLink() {
  const pausedAt = paused ? paused.atMs / 1000 : null;
  const age = paused ? paused.ageS + (Date.now() - paused.atMs) / 1000 : ageS();
  banner.link({ ageS: age, gone: failures >= GONE_AFTER_FAILURES, why, pausedAt });
}

/** @param {Poll} fresh */
function onAnswer(fresh) {
  failures = 0;
  allowWriters(true);
  const kind = origin.note(fresh, performance.now());
  banner.several(origin.several);
  if (kind === "other") return showMeasured();
  heardMs = performance.now();
  answer = fresh;
  if (kind === "restarted") banner.restart(fresh.now - fresh.status.uptime_s);
  if (kind === "restarted" || fresh.run !== run) history.clear();
  if (kind !== "restarted") {
    history.add(fresh.samples, fresh.status.variants);
    history.holds(fresh.still, fresh.next - 1);
  }
  run = fresh.run;
  roster.note(fresh.status.workers, fresh.now);
  banner.facts(fresh.status, roster);
  load.show(fresh.status, "", callsPerSecond(history, variants));
  showDials(fresh.status);
  showRuns(fresh.status);
  showMeasured();
  showLink();
}

/** @param {unknown} error */
function onFailure(error) {
  failures += 1;
  why = error instanceof Refusal ? error.message : "";
  if (failures >= GONE_AFTER_FAILURES) {
    load.show(null, why ? "Nothing is measured now" : "The server is not answering", 0);
    allowWriters(false);
  }
  showLink();
}

const polling = startPolling({ everyMs: Number(settings.pollMs), since: () => origin.cursor, onAnswer, onFailure });
const pauseButton = find("#pause");

/** @param {boolean} on */
function pause(on) {
  paused = on ? { atMs: Date.now(), ageS: ageS() ?? 0 } : null;
  polling.pause(on);
  pauseButton.toggleAttribute("data-on", paused !== null);
  pauseButton.replaceChildren(icon(paused ? "play" : "pause"), make("span", {}, paused ? "Resume" : "Pause"));
  showMeasured();
  showLink();
}

pauseButton.addEventListener("click", () => pause(!paused));
document.addEventListener(TOLD, () => paused && pause(false));
find("#mirror").addEventListener("toggle", showMeasured);
setInterval(() => {
  if (!document.hidden) showLink();
}, CLOCK_MS);
