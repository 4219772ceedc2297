// The live charts of every manager. They share one vertical axis, so that the columns can be compared.
import { find, setText } from "./dom.js";
import { around, plot, spanOf, WINDOW_S } from "./plot.js";
import { COUNTS, QUEUE, SHOULD_BE } from "./series.js";
import { NOTHING, number } from "./words.js";

/** @typedef {import("./lab-types.js").Sample} Sample */
/** @typedef {import("./lab-types.js").Counts} Counts */

/** The lines of the large chart, in drawing order. @type {((counts: Counts) => number)[]} */
const LINES = [(counts) => counts.should_be[0], (counts) => counts.should_be[1], ...COUNTS.map(({ key }) => (/** @type {Counts} */ counts) => counts[key])];

/**
 * @param {Sample[]} samples
 * @param {string} variant
 * @param {boolean} fromStore subtract the store's count from every line, so that a difference of one is visible
 */
function countColumns(samples, variant, fromStore) {
  return LINES.map((pick) => samples.map((sample) => {
    const counts = sample[variant];
    return counts?.should_be ? pick(counts) - (fromStore ? counts.store : 0) : null;
  }));
}

/** @param {string[]} variants */
export function mountCharts(variants) {
  /** @type {Sample[]} */
  let shown = [];
  let fromStore = false;
  let countRange = /** @type {[number, number]} */ ([0, 10]);
  let queueRange = /** @type {[number, number]} */ ([0, 10]);
  let span = WINDOW_S;
  const readout = find("#readout");
  const resting = readout.textContent;

  /** @param {number | null} index */
  function read(index) {
    const sample = index === null ? undefined : shown[index];
    const newest = shown.at(-1);
    if (!sample || !newest) return setText(readout, resting);
    const ago = newest.at - sample.at;
    const parts = variants.map((name) => {
      const counts = sample[name];
      if (!counts?.should_be) return `${name}: ${NOTHING}`;
      const [low, high] = counts.should_be;
      const band = low === high ? number(low) : `${number(low)} to ${number(high)}`;
      return `${name}: store ${number(counts.store)}, statistics ${number(counts.statistics)}, database ${number(counts.database)}, expected ${band}, queue ${number(counts.queue)}`;
    });
    setText(readout, `${ago.toFixed(1)} s ago. ${parts.join(". ")}.`);
  }

  const plots = variants.map((name) => {
    const panel = find(`[data-panel="${name}"]`);
    const counts = plot(find('[data-chart="counts"]', panel), {
      series: [
        { ...SHOULD_BE, fill: undefined, points: { show: false } },
        { ...SHOULD_BE, fill: undefined, points: { show: false } },
        ...COUNTS.map(({ stroke, width, dash }) => ({ stroke, width, dash, points: { show: false } })),
      ],
      bands: [{ series: [2, 1], fill: SHOULD_BE.fill }],
      range: () => countRange,
      span: () => span,
      onPoint: read,
      syncKey: "time",
    });
    const queue = plot(find('[data-chart="queue"]', panel), {
      series: [{ ...QUEUE, points: { show: false } }],
      range: () => queueRange,
      span: () => span,
      onPoint: read,
      syncKey: "time",
    });
    return { name, counts, queue };
  });

  function draw() {
    const newest = shown.at(-1)?.at ?? 0;
    const time = shown.map((sample) => sample.at - newest);
    const done = shown.map((sample) => variants.reduce((sum, name) => sum + (sample[name]?.acknowledged ?? 0), 0));
    span = spanOf(done, time);
    const drawn = plots.map(({ name, counts, queue }) => ({
      counts,
      queue,
      countColumns: countColumns(shown, name, fromStore),
      queueColumn: shown.map((sample) => sample[name]?.queue ?? null),
    }));
    countRange = around(drawn.flatMap((each) => each.countColumns.flat()), fromStore ? 6 : 10);
    queueRange = [0, Math.max(8, around(drawn.flatMap((each) => each.queueColumn), 8)[1])];
    for (const each of drawn) {
      each.counts.setData([time, ...each.countColumns]);
      each.queue.setData([time, each.queueColumn]);
    }
  }

  for (const radio of document.querySelectorAll("#chart-mode input")) {
    radio.addEventListener("change", (event) => {
      fromStore = /** @type {HTMLInputElement} */ (event.target).value === "from-store";
      draw();
    });
  }

  return {
    draw,
    /** @param {import("./history.js").History} history */
    show(history) {
      shown = history.last(WINDOW_S);
      draw();
    },
  };
}
