// The script of the page of one loss: the theme, the picture as text to paste elsewhere, and the answers that *Fixes* hides too.
import { mountCopy } from "./copy-svg.js";
import { find } from "./dom.js";
import { mountGuesses } from "./guesses.js";
import { lossOpened } from "./guide-thread.js";
import { keepProgress } from "./progress-kept.js";
import { mountTheme } from "./theme.js";

mountTheme(find("#theme"), () => {});
lossOpened();
mountGuesses(keepProgress());
mountCopy(find("#copy"), () => find(".loss-drawn svg"));
