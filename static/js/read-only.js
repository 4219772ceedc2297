// On another computer than the one that serves: what would change something is switched off, and says why.
const why = document.querySelector("#read-only");

for (const form of document.forms) {
  for (const control of form.elements) {
    if (control instanceof HTMLButtonElement || control instanceof HTMLInputElement || control instanceof HTMLSelectElement) {
      control.disabled = true;
      if (why) control.setAttribute("aria-describedby", why.id);
    }
  }
}
