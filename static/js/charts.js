// The live charts of every manager. They share one vertical axis, so that the columns can be compared.
import { find, setText } from "./dom.js";
import { around, plot } from "./plot.js";
import { COUNTS, MISSING, QUEUE, SHOULD_BE } from "./series.js";
import { timeframe } from "./timeframe.js";
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

/** @param {string[]} variants @param {(name: string) => boolean} isShown */
export function mountCharts(variants, isShown) {
  let time = timeframe([], variants, false);
  let fromStore = false;
  let countRange = /** @type {[number, number]} */ ([0, 10]);
  let queueRange = /** @type {[number, number]} */ ([0, 10]);
  let missingRange = /** @type {[number, number]} */ ([0, 10]);
  let pointed = /** @type {number | null} */ (null);
  const readout = find("#readout");
  const hint = readout.textContent;

  /** @param {number | null} index */
  function read(index) {
    pointed = index;
    const sample = index === null ? undefined : time.samples[index];
    if (!sample) return setText(readout, time.whole === null ? hint : `The whole load: ${time.whole.toFixed(1)} s. ${hint}`);
    const at = sample.at - time.zero;
    const parts = variants.filter(isShown).map((name) => {
      const counts = sample[name];
      if (!counts?.should_be) return `${name}: ${NOTHING}`;
      const [low, high] = counts.should_be;
      const band = low === high ? number(low) : `${number(low)} to ${number(high)}`;
      return `${name}: store ${number(counts.store)}, statistics ${number(counts.statistics)}, database ${number(counts.database)}, expected ${band}, queue ${number(counts.queue)}`;
    });
    setText(readout, `${time.whole === null ? `${(-at).toFixed(1)} s ago` : `At ${at.toFixed(1)} s of the load`}. ${parts.join(". ")}.`);
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
      time: () => time,
      onPoint: read,
      syncKey: "time",
    });
    const missing = plot(find('[data-chart="missing"]', panel), {
      series: [{ ...MISSING, points: { show: false }, spanGaps: true }],
      range: () => missingRange,
      time: () => time,
      onPoint: read,
      syncKey: "time",
    });
    const queue = plot(find('[data-chart="queue"]', panel), {
      series: [{ ...QUEUE, points: { show: false } }],
      range: () => queueRange,
      time: () => time,
      onPoint: read,
      syncKey: "time",
    });
    return { name, counts, missing, queue };
  });

  function draw() {
    const at = time.samples.map((sample) => sample.at - time.zero);
    const drawn = plots.filter(({ name }) => isShown(name)).map(({ name, counts, missing, queue }) => ({
      counts,
      missing,
      queue,
      missingColumn: time.samples.map((sample) => sample[name]?.missing ?? null),
      countColumns: countColumns(time.samples, name, fromStore),
      queueColumn: time.samples.map((sample) => sample[name]?.queue ?? null),
    }));
    countRange = around(drawn.flatMap((each) => each.countColumns.flat()), fromStore ? 6 : 10);
    queueRange = [0, Math.max(8, around(drawn.flatMap((each) => each.queueColumn), 8)[1])];
    missingRange = [0, Math.max(8, around(drawn.flatMap((each) => each.missingColumn), 8)[1])];
    for (const each of drawn) {
      each.counts.setData([at, ...each.countColumns]);
      each.missing.setData([at, each.missingColumn]);
      each.queue.setData([at, each.queueColumn]);
    }
    read(pointed);
  }

  for (const radio of document.querySelectorAll("#chart-mode input")) {
    radio.addEventListener("change", (event) => {
      fromStore = /** @type {HTMLInputElement} */ (event.target).value === "from-store";
      draw();
    });
  }

  return {
    draw,
    /** @param {import("./timeframe.js").Timeframe} shown */
    show(shown) {
      time = shown;
      draw();
    },
  };
}
