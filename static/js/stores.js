// The script of the page of stores: the theme, the edge of the table, and what a link of the table leads to.
import { find } from "./dom.js";
import { mountEdge } from "./edges.js";
import { mountTheme } from "./theme.js";

/** Opens the causes that the address names: of a store, or of a finding. */
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
  for (const why of named?.querySelectorAll("details") ?? []) why.open = true;
}

mountTheme(find("#theme"), () => {});
const table = document.querySelector("#matrix"); // absent before the first survey
if (table instanceof HTMLElement) mountEdge(table, find("#more-aside"));
addEventListener("hashchange", openNamed);
openNamed();
