// The script of the page of fixes: the theme, and the edge of the matrix.
import { find } from "./dom.js";
import { mountEdge } from "./edges.js";
import { mountTheme } from "./theme.js";

mountTheme(find("#theme"), () => {});
const matrix = document.querySelector("#matrix"); // absent before the first exploration
if (matrix instanceof HTMLElement) mountEdge(matrix, find("#more-aside"));
