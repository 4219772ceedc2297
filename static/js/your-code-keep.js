// Copies and downloads what the page shows.
import { mountCopies } from "./copy.js";
import { find } from "./dom.js";

/** @param {string} name @param {string} text */
function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function mountKeeping() {
  mountCopies();
  find("#download").addEventListener("click", () => download("grade_me.py", find("#file").textContent ?? ""));
}
