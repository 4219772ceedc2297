// The first run on the page: shows its step, presses the page's own buttons, and moves on by what really happens.
import { base } from "./api.js";
import { find, setData, setShown, setText } from "./dom.js";
import { keep, kept, onMoved } from "./guide-kept.js";
import { begun, between, ended, loaded, NOTHING_SEEN, OUT_OF, OVER, predicted, restOf, STEPS, words } from "./guide-steps.js";
import { anyLoadRuns } from "./verdict.js";

/** @typedef {import("./lab-types.js").Judged} Judged */
/** @typedef {import("./lab-types.js").Status} Status */
/** @typedef {import("./guide-steps.js").Deed} Deed */

const FIRST_OF_ALL = ["lost_updates", "stale_overwrites"];

/** The page of the first loss that the verdict tells, or "". @param {Judged} verdict @param {string} variant */
function lossOf(verdict, variant) {
  const cards = verdict.variants[variant]?.cards ?? {};
  const keys = [...FIRST_OF_ALL, ...Object.keys(cards)];
  const line = keys.flatMap((key) => cards[key]?.evidence ?? []).find(({ loss }) => loss);
  return line ? `${base}/lab/loss/${variant}/${line.loss}` : "";
}

/** Fills in the form of the load as the first run needs it, and starts it. */
function runMany() {
  const form = find("#load");
  Object.assign(form.elements.visitors, { value: "20" });
  Object.assign(form.elements.kind, { value: "lost_updates" });
  for (const box of form.querySelectorAll("[name=variants]")) box.checked = true;
  form.elements.kind.dispatchEvent(new Event("change", { bubbles: true }));
  form.dispatchEvent(new Event("input"));
  find("#let-in").click();
}

/** @returns {(verdict: Judged, status: Status) => void} what to call with each poll; nothing is done where the page has no first run */
export function mountGuide() {
  if (!document.querySelector("#guide")) return () => {};
  const strip = find("#guide");
  const again = find("#guide-again");
  const form = find("#guide-guess");
  const button = find("#guide-do");
  const link = find("#guide-go");
  const skip = find("#guide-skip");
  const { buggy = "", fixed = "", replay = "" } = strip.dataset;
  const managers = { buggy, fixed, replayed: "replayed" in strip.dataset };

  let now = kept() ?? begun();
  let loss = "";
  let seen = false;
  /** @type {import("./guide-steps.js").Rest | null} */
  let rest = null;

  /** The page's own button that a step presses, if it is one. @param {Deed} deed */
  const pressed = (deed) => (deed === "clean" ? find("#reset") : deed === "one" ? find("#one-visitor") : deed === "many" ? find("#let-in") : null);

  const said = () => words(now, managers, rest === null || loss !== "", seen);

  function show() {
    const { name, sentence, deed, label } = said();
    const over = now.step >= OVER;
    const focused = document.activeElement;
    setText(find("#guide-name"), name);
    const before = deed === "clean";
    setText(find("#guide-at"), before ? "Before step 1" : `Step ${Math.min(now.step, STEPS)} of ${STEPS}`);
    setText(find("#guide-said"), sentence);
    setData(strip, "step", String(now.step));
    [...find("#guide-dots").children].forEach((dot, at) => dot.toggleAttribute("data-on", at < now.step && !before));
    const goes = deed === "loss" ? loss || "#bug-lost_updates" : deed === "replay" ? replay : "";
    setShown(form, deed === "predict");
    setShown(link, goes !== "");
    setShown(button, pressed(deed) !== null);
    if (goes) link.href = goes;
    setText(goes ? find("span", link) : button, label);
    button.setAttribute("aria-disabled", pressed(deed)?.getAttribute("aria-disabled") ?? "false");
    setText(skip, now.step === STEPS ? "Done" : "Skip");
    setShown(strip, !over);
    setShown(again, over);
    if (strip.contains(focused) && focused?.closest("[hidden]")) (over ? again : deed === "predict" ? form.elements.guess : goes ? link : button).focus();
  }

  /** @param {import("./guide-steps.js").Kept} next */
  function move(next) {
    if (next === now) return;
    now = next;
    keep(now);
    show();
  }

  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const field = form.elements.guess;
    if (field.reportValidity() && field.value !== "") move(predicted(now, Math.min(OUT_OF, Number(field.value))));
  });
  button.addEventListener("click", () => {
    const { deed } = said();
    if (button.getAttribute("aria-disabled") === "true") return;
    if (deed === "many") runMany();
    else pressed(deed)?.click();
  });
  skip.addEventListener("click", () => move(ended(now)));
  again.addEventListener("click", () => {
    move(begun());
    (seen ? button : form.elements.guess).focus();
  });
  new MutationObserver(show).observe(find("#load"), { subtree: true, attributeFilter: ["aria-disabled"] });
  onMoved(() => {
    now = kept() ?? now;
    show();
  });
  show();

  return (verdict, status) => {
    seen = anyLoadRuns(status) || Object.values(verdict.variants).some(({ asked }) => asked);
    const found = restOf(verdict, status);
    if (found) {
      const load = rest && between(rest, found);
      rest = found;
      loss = lossOf(verdict, buggy);
      if (load) move(loaded(now, load, buggy));
    }
    rest ??= NOTHING_SEEN;
    show();
  };
}
