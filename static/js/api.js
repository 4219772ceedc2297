// Requests to the lab. A refusal of the server becomes an Error whose message can be shown as it is.
import { setCoded } from "./dom.js";

/** What the server says instead of an answer. */
export class Refusal extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const USUAL_MS = 10_000;
/** The path below which the lab is served. */
export const base = document.querySelector("main")?.dataset.base ?? "";

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(base + path, { cache: "no-store", signal: AbortSignal.timeout(USUAL_MS), ...options });
  } catch {
    throw new Error("The server did not answer. Is it still running?");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(body?.detail ?? body?.title ?? `The server answered ${response.status}.`, response.status);
  if (body === null) throw new Error("The server answered something that is not JSON.");
  return body;
}

/** @param {string} path */
export const get = (path) => ask(path);

/** The lab was told to do something: what is on the page is about to change. */
export const TOLD = "lab:told";

/** @param {string} path @param {object} [body] JSON, or a file that contains some @param {number} [patienceMs] */
export async function post(path, body = {}, patienceMs = USUAL_MS) {
  const headers = { "Content-Type": "application/json" };
  const sent = body instanceof Blob ? body : JSON.stringify(body);
  const answer = await ask(path, { method: "POST", headers, body: sent, signal: AbortSignal.timeout(patienceMs) });
  document.dispatchEvent(new Event(TOLD));
  return answer;
}

/**
 * Runs an action, and shows its error beside the control, until another action succeeds or a field there changes.
 * @param {HTMLElement} place
 * @param {() => Promise<unknown>} action
 */
export async function orSay(place, action) {
  try {
    await action();
    place.hidden = true;
  } catch (error) {
    setCoded(place, error instanceof Error ? error.message : String(error));
    place.hidden = false;
    place.closest("form, section")?.addEventListener("input", () => (place.hidden = true), { once: true });
  }
}
