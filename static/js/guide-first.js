// Runs before the first paint, so that nothing moves: what a page has of the first run is shown at the steps it belongs to.
// The rest is in guide.js and guide-thread.js.
(() => {
  let step = 1;
  try {
    step = JSON.parse(localStorage.getItem("race-lab-first-run") ?? "null")?.step ?? 1;
  } catch { /* storage is switched off: a first visit */ }
  const part = document.currentScript?.previousElementSibling;
  if (part instanceof HTMLElement) part.hidden = !part.dataset.steps?.split(" ").includes(String(step));
})();
