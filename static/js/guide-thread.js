// The first run on the pages that its last two steps lead to: a line that says where it goes on. guide-first.js shows it.
import { base } from "./api.js";
import { find, setText } from "./dom.js";
import { keep, kept } from "./guide-kept.js";
import { ended, opened } from "./guide-steps.js";

const thread = find("#guide-thread");

/** The page of a loss is open. */
export function lossOpened() {
  const now = kept();
  if (now) keep(opened(now));
}

/** @param {boolean} lost whether the steps taken have ended in a loss */
export function replayed(lost) {
  const now = kept();
  if (now?.step !== 5 || !lost) return;
  keep(ended(now));
  setText(find("span", thread), "You have lost a change yourself: that was the first run.");
  const next = find("a", thread);
  next.href = `${base}/fixes`;
  setText(next, "Next: judge a fix");
}
