// The page of fixes needs a script for two things: light and dark, and the edge of the matrix.
import { find } from "./dom.js";
import { mountEdge } from "./edges.js";
import { mountTheme } from "./theme.js";

mountTheme(find("#theme"), () => {});
const matrix = document.querySelector("#matrix"); // not there before anything was explored
if (matrix instanceof HTMLElement) mountEdge(matrix, find("#more-aside"));
