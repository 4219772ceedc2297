// A load from outside, such as Locust's: its users as it tells them, and its calls as the server counts them.
import { number, plural } from "./words.js";

/** @typedef {import("./lab-types.js").Status} Status */

const LOOK_BACK_S = 2;

/** All calls of the managers so far. @param {import("./lab-types.js").Sample} sample @param {string[]} variants */
const callsOf = (sample, variants) =>
  variants.reduce((sum, name) => sum + sample[name].acknowledged + sample[name].failed + sample[name].unknown, 0);

/** @param {import("./history.js").History} history @param {string[]} variants @returns {number} calls per second, lately */
export function callsPerSecond(history, variants) {
  const samples = history.last(LOOK_BACK_S);
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at) return 0;
  return Math.round((callsOf(last, variants) - callsOf(first, variants)) / (last.at - first.at));
}

/** Why the page can start no load now, or "". @param {Status | null} status */
export const whyNotNow = (status) => (status?.outside ? "A load from outside is running. Press Stop, or end it where it was started." : "");

/** What is known of it, or "" if nothing comes from outside. @param {Status} status @param {number} rate */
export function outsideMessage({ outside, burst }, rate) {
  const calls = `${number(rate)} ${rate === 1 ? "call" : "calls"} per second`;
  if (outside?.stopping) return `The load from outside was asked to stop: ${calls}.`;
  if (outside) return `${outside.users ? plural(outside.users, "user") : "Users"} from outside: ${calls}.`;
  return rate > 0 && burst.state !== "running" && burst.state !== "settling" ? `Requests from outside: ${calls}.` : "";
}
