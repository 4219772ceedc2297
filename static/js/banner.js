// The environment, and notices that qualify the numbers: several processes, a restart, no numbers, a pause.
import { find, setData, setShown, setText } from "./dom.js";
import { duration, engines, list, moment, number } from "./words.js";

export function mountBanner() {
  const restarted = find("#notice-restarted");
  find("button", restarted).addEventListener("click", () => setShown(restarted, false));

  /** @param {import("./lab-types.js").Status} status @param {import("./roster.js").Roster} roster */
  function facts(status, roster) {
    const environment = status.environment;
    setText(find("#fact-run"), number(status.run));
    for (const alone of document.querySelectorAll("[data-alone]")) setShown(/** @type {HTMLElement} */ (alone), !roster.several);
    setShown(find("#fact-workers"), roster.several);
    if (roster.several) setText(find("#fact-workers dd"), roster.words);
    setText(find("#fact-threads"), environment.threads ? number(environment.threads) : "not known");
    setText(find("#fact-pid"), String(environment.pid));
    setText(find("#fact-python"), `${environment.python}, ${environment.gil ? "one thread at a time (GIL)" : "threads in parallel (no GIL)"}`);
    setText(find("#fact-database"), engines(environment.database));
  }

  /** @param {number[]} pids */
  function several(pids) {
    const notice = find("#notice-several");
    if (pids.length) {
      setText(notice, `Several processes answer (${list(pids.map(String))}), and each has its own sessions. A difference between processes is not a race, ` +
        "so there is no verdict. Start the server with one worker process and many threads.");
    }
    setShown(notice, pids.length > 0);
    if (pids.length) setShown(restarted, false);
  }

  /** @param {number} nowS */
  function restart(nowS) {
    setText(find("span", restarted), `The server was restarted at ${moment(nowS)}. Counting starts again. Changes acknowledged before the restart are “cannot tell”, not lost.`);
    setShown(restarted, true);
  }

  /** @param {{ageS: number | null, gone: boolean, why: string, pausedAt: number | null}} link `why` is what the server says, "" if it is silent */
  function link({ ageS, gone, why, pausedAt }) {
    setData(document.body, "link", gone ? "gone" : pausedAt ? "paused" : ageS === null ? "none" : "live");
    const age = ageS === null ? "no numbers yet" : `${ageS < 1.5 ? "live" : "stale"}, ${duration(ageS)}`;
    setText(find("#age"), pausedAt && !gone ? `paused, ${duration(ageS)} old` : gone ? `${why ? "not measured" : "not answering"}, ${duration(ageS)}` : age);
    const silent = find("#notice-gone");
    if (gone) setText(silent, `${why || "The server is not answering."} ${ageS === null ? "" : `The numbers below are ${duration(ageS)} old. `}The page retries.`);
    setShown(silent, gone);
    const paused = find("#notice-paused");
    if (pausedAt) setText(paused, `Paused at ${moment(pausedAt)}. Charts, numbers and the verdict are frozen. The server still measures; “Resume” shows the present state.`);
    setShown(paused, pausedAt !== null);
  }

  return { facts, several, restart, link };
}
