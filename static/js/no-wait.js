// Is it staged? Saves without any added delay, until the first one vanishes. The sentence is the server's.
import { orSay, post } from "./api.js";
import { find, make, setShown } from "./dom.js";

const PATIENCE_MS = 60_000;

export function mountNoWait() {
  const button = find("#no-wait");
  const said = find("#no-wait-said");
  const problem = find("#load-problem");

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    said.replaceChildren("Saving without any added delay …");
    setShown(said, true);
    await orSay(problem, async () => {
      const told = await post("/lab/no-wait", {}, PATIENCE_MS);
      const where = `${told.users} threads, each manager alone, rows in memory, and nothing between two locks but its own code.`;
      said.replaceChildren(make("strong", {}, told.sentence), " ", make("span", { class: "quiet-text" }, where));
    });
    setShown(said, problem.hidden);
    button.setAttribute("aria-disabled", "false");
  });
}
