// The script of the page of one loss: the theme, and the picture as text to paste elsewhere.
import { mountCopy } from "./copy-svg.js";
import { find } from "./dom.js";
import { lossOpened } from "./guide-thread.js";
import { mountTheme } from "./theme.js";

mountTheme(find("#theme"), () => {});
lossOpened();
mountCopy(find("#copy"), () => find(".loss-drawn svg"));
