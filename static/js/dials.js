// The dials. They show the settings that the server answers, except while the user moves one.
import { orSay, post } from "./api.js";
import { find, setShown, setText } from "./dom.js";
import { anyLoadRuns } from "./verdict.js";
import { decimal, percent } from "./words.js";

/** @param {number} value */
const milliseconds = (value) => `${decimal(value)} ms`;

/** The output beside a slider; a number field shows its own value. @type {Record<string, (value: number) => string>} */
const SAID = { window_ms: milliseconds, fault_rate: percent, db_latency_ms: milliseconds };
const WIDE = { window_ms: 4, fault_rate: 0.02, db_latency_ms: 40, cache_ttl_s: 0.2 };
const OFF = { window_ms: 0, fault_rate: 0 };

export function mountDials() {
  const problem = find("#dials-problem");
  const inputs = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("[data-dial]")]);

  const use = find("[name=use_dials]");

  /** @param {HTMLInputElement} input @param {number} value */
  function say(input, value) {
    const key = input.dataset.dial ?? "";
    if (key in SAID) setText(find(`[data-output="${key}"]`), SAID[key](value));
  }

  let during = false; // a load is running

  /** Which load these settings are for. */
  const whose = () => (during ? "for the running load" : use.checked ? "the next load uses these" : "each workload sets its own");

  /** @param {import("./lab-types.js").Dials} dials */
  function show(dials) {
    for (const input of inputs) {
      const value = dials[/** @type {keyof typeof dials} */ (input.dataset.dial)];
      if (value === undefined || input.matches(":active, :focus[data-touched]")) continue;
      if (Number(input.value) !== value) input.value = String(value);
      say(input, value);
    }
    setText(find("#dials-summary"), `now: added delay ${decimal(dials.window_ms)} ms · faults ${percent(dials.fault_rate)} · slow database ${decimal(dials.db_latency_ms)} ms · ${whose()}`);
  }

  /** Set dials, and tick "Use these settings": a changed dial is meant for the next load. @param {Record<string, number>} wanted */
  const turn = (wanted) =>
    orSay(problem, async () => {
      show(await post("/lab/dials", wanted));
      use.checked = true;
    });

  /** @param {HTMLInputElement} input */
  function refuse(input) {
    setText(problem, `${input.labels?.[0].textContent} is from ${decimal(Number(input.min))} to ${decimal(Number(input.max))} seconds. No dial was changed.`);
    setShown(problem, true);
  }

  for (const input of inputs) {
    input.addEventListener("input", () => {
      setShown(problem, false);
      input.dataset.touched = "";
      say(input, Number(input.value));
    });
    input.addEventListener("change", async () => {
      delete input.dataset.touched;
      if (!input.checkValidity()) refuse(input);
      else if (input.value !== "") await turn({ [input.dataset.dial ?? ""]: Number(input.value) });
    });
  }
  find("#dials-form").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  find("#dials-wide").addEventListener("click", () => turn(WIDE));
  find("#dials-off").addEventListener("click", () => turn(OFF));
  find("[name=kind]").addEventListener("change", () => {
    use.checked = false; // settings for one workload would keep another from showing its bug
  });
  find("#settle").addEventListener("click", () => orSay(problem, () => post("/lab/settle")));

  /** @param {import("./lab-types.js").Status} status */
  return (status) => {
    during = anyLoadRuns(status);
    show(status.dials);
  };
}
