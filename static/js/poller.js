// Polls for new samples, one request at a time: slower when the server does not answer or nothing changes, at once when the lab was
// told something, and not while the tab is hidden or the page is paused.
import { get, TOLD } from "./api.js";

const SLOWEST_MS = 4000;

/**
 * @param {object} options
 * @param {number} options.everyMs
 * @param {() => number} options.since the cursor to send
 * @param {(answer: import("./lab-types.js").Poll) => void} options.onAnswer
 * @param {(error: unknown) => void} options.onFailure
 * @returns {{pause: (on: boolean) => void}}
 */
export function startPolling({ everyMs, since, onAnswer, onFailure }) {
  let failures = 0;
  let asking = false;
  let again = false;
  let paused = false;
  let pauseMs = everyMs;
  const viewer = Math.random().toString(36).slice(2);
  /** @type {number | undefined} */
  let timer;
  /** What the page has: the server sends only what is not among it. @type {import("./lab-types.js").Had} */
  let had = { status: {}, verdict: null, marks: "" };

  async function ask() {
    clearTimeout(timer);
    again = asking;
    if (asking || paused || document.hidden) return;
    asking = true;
    try {
      const answer = await get(`/lab/poll?since=${since()}&viewer=${viewer}&marks=${had.marks}`);
      answer.status = { ...had.status, ...answer.status };
      answer.verdict ??= had.verdict;
      had = answer;
      failures = 0;
      pauseMs = answer.again_ms; // with many pages open the server makes each poll less often
      if (!paused) onAnswer(answer);
    } catch (error) {
      failures += 1;
      onFailure(error);
      if (failures === 1) console.info("poll:", error);
    } finally {
      asking = false;
      const usual = Math.min(Math.max(SLOWEST_MS, pauseMs), pauseMs * 2 ** failures);
      if (!document.hidden && !paused) timer = setTimeout(ask, again ? 0 : usual);
    }
  }

  document.addEventListener(TOLD, ask);
  document.addEventListener("visibilitychange", ask);
  ask();
  return {
    pause(on) {
      paused = on;
      ask();
    },
  };
}
