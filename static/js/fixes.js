// The page of fixes needs a script for two things: light and dark, and to say that the matrix goes on beside the window.
import { find, setData, setShown } from "./dom.js";
import { mountTheme } from "./theme.js";

const SLACK = 1; // widths are rounded

/** @param {HTMLElement} matrix */
function mountEdge(matrix) {
  const show = () => {
    const beside = matrix.scrollWidth - matrix.clientWidth;
    setShown(find("#more-aside"), beside > SLACK);
    setData(matrix, "cut", String(beside - matrix.scrollLeft > SLACK));
  };
  matrix.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(matrix);
}

mountTheme(find("#theme"), () => {});
const matrix = document.querySelector("#matrix"); // not there before anything was explored
if (matrix instanceof HTMLElement) mountEdge(matrix);
