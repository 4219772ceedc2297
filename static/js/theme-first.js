// Runs before the first paint, so that a chosen theme does not flash. The toggle itself is in theme.js.
(() => {
  try {
    const chosen = localStorage.getItem("race-lab-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* storage is switched off: follow the system */ }
})();
