// Polls for new samples, one request at a time: slower when the server does not answer, and not while the tab is hidden.
import { get } from "./api.js";

const SLOWEST_MS = 4000;

/**
 * @param {object} options
 * @param {number} options.everyMs
 * @param {() => number} options.since the cursor to send
 * @param {(answer: import("./lab-types.js").Poll) => void} options.onAnswer
 * @param {(error: unknown) => void} options.onFailure
 */
export function startPolling({ everyMs, since, onAnswer, onFailure }) {
  let failures = 0;
  let asking = false;
  let pauseMs = everyMs;
  const viewer = Math.random().toString(36).slice(2);
  /** @type {number | undefined} */
  let timer;
  /** The last verdict: one that has not changed is not sent again. @type {import("./lab-types.js").Judged | null} */
  let verdict = null;
  let mark = "";

  async function ask() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await get(`/lab/poll?since=${since()}&viewer=${viewer}&verdict=${mark}`);
      verdict = answer.verdict ??= verdict;
      mark = answer.verdict_mark;
      failures = 0;
      pauseMs = answer.again_ms; // with many pages open the server makes each poll less often
      onAnswer(answer);
    } catch (error) {
      failures += 1;
      onFailure(error);
      if (failures === 1) console.info("poll:", error);
    } finally {
      asking = false;
      if (!document.hidden) timer = setTimeout(ask, Math.min(Math.max(SLOWEST_MS, pauseMs), pauseMs * 2 ** failures));
    }
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
  ask();
}
