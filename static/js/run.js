// The script of the page of one run and of two: the theme, a name, and the end of a run.
import { base, orSay, post } from "./api.js";
import { find, setShown, setText } from "./dom.js";
import { mountTheme } from "./theme.js";

const SURE_MS = 5000;

mountTheme(find("#theme"), () => {});

const { run } = find("main").dataset;
if (run) {
  mountName(find("#rename"), find("#rename-form"));
  const button = document.querySelector("#delete");
  if (button instanceof HTMLElement) mountEnd(button);
}

/** @param {HTMLElement} button @param {HTMLFormElement} form */
function mountName(button, form) {
  const field = find("input", form);
  button.addEventListener("click", () => {
    const opens = form.hidden;
    setShown(form, opens);
    button.setAttribute("aria-expanded", String(opens));
    if (opens) field.select();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    orSay(find("#run-problem"), async () => {
      await post(`/lab/runs/${run}/name`, { name: field.value });
      location.reload();
    });
  });
}

/** It has to be pressed twice. @param {HTMLElement} button */
function mountEnd(button) {
  const usual = button.textContent ?? "";
  let sure = 0;
  button.addEventListener("click", () => {
    if (performance.now() > sure) {
      sure = performance.now() + SURE_MS;
      setText(button, "Press again to delete it");
      setTimeout(() => setText(button, usual), SURE_MS);
      return;
    }
    orSay(find("#run-problem"), async () => {
      await post(`/lab/runs/${run}/delete`);
      location.assign(`${base}/#runs-heading`);
    });
  });
}
