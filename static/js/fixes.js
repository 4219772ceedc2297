// The page of fixes needs no script but for light and dark.
import { find } from "./dom.js";
import { mountTheme } from "./theme.js";

mountTheme(find("#theme"), () => {});
