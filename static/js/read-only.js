// On another computer than the one that serves: what would change something is switched off, and says why.
const why = document.querySelector("#read-only");

for (const control of [...document.forms].flatMap((form) => [...form.elements]).concat(...document.querySelectorAll("[data-writes]"))) {
  if (control instanceof HTMLButtonElement || control instanceof HTMLInputElement || control instanceof HTMLSelectElement) {
    control.disabled = true;
    if (why) control.setAttribute("aria-describedby", why.id);
  }
}
