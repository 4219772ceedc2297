// Is it staged? Saves without any added delay, until the first one vanishes or the bound is reached. The sentence is the server's.
import { orSay, post } from "./api.js";
import { allow, find, make, setShown } from "./dom.js";

const PATIENCE_MS = 60_000;

export function mountNoWait() {
  const button = find("#no-wait");
  const said = find("#no-wait-said");
  const problem = find("#load-problem");

  button.addEventListener("click", async () => {
    button.dataset.busy = "true";
    allow(button, false);
    said.replaceChildren(find("#no-wait-help").textContent);
    setShown(said, true);
    await orSay(problem, async () => {
      const told = await post("/lab/no-wait", {}, PATIENCE_MS);
      const where = `${told.users} threads, each manager alone, rows in memory, and nothing between two locks but its own code.`;
      said.replaceChildren(make("strong", {}, told.sentence), " ", make("span", { class: "quiet-text" }, where));
    });
    setShown(said, problem.hidden);
    delete button.dataset.busy; // writers.js allows it again, if the server answers
  });
}
