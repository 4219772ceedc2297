// The first run on the pages that its last two steps lead to: a line that says where it goes on.
import { base } from "./api.js";
import { find, setShown, setText } from "./dom.js";
import { keep, kept } from "./guide-kept.js";
import { begun, ended, opened } from "./guide-steps.js";

const thread = find("#guide-thread");
const said = find("span", thread);

/** @param {string} text */
function say(text) {
  setText(said, text);
  setShown(thread, true);
}

/** The page of a loss is open. */
export function lossOpened() {
  const now = kept() ?? begun();
  if (now.step === 4) keep(opened(now));
  if (now.step === 4 || now.step === 5) say("First run, step 4 of 5: see whose write covered whose.");
}

/** @param {boolean} lost whether the steps taken have ended in a loss */
export function replayed(lost) {
  const now = kept() ?? begun();
  if (now.step !== 5) return;
  if (lost) keep(ended(now));
  say(lost ? "You have lost a change yourself: that was the first run." : "First run: step until a change is lost.");
  if (!lost) return;
  const next = find("a", thread);
  next.href = `${base}/fixes`;
  setText(next, "Next: judge a fix");
}
