// Runs before the first paint, so that nothing moves: the first run is shown until it has ended. The rest is in guide.js.
(() => {
  let step = 1;
  try {
    step = JSON.parse(localStorage.getItem("race-lab-first-run") ?? "null")?.step ?? 1;
  } catch { /* storage is switched off: a first visit */ }
  const strip = document.getElementById("guide");
  if (strip) strip.hidden = step > Number(strip.dataset.steps);
})();
