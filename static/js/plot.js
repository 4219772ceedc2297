// A uPlot drawing that follows the width of its place and the colours of the page.

/** @type {any} */
const UPlot = /** @type {any} */ (window).uPlot;

export const WINDOW_S = 60;
const SHORTEST_S = 20;
const BEFORE_S = 3;
const FONT = '11px "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

/**
 * @param {HTMLElement} place
 * @param {object} options
 * @param {object[]} options.series without the first, which is the time
 * @param {object[]} [options.bands]
 * @param {() => [number, number]} options.range of the vertical axis
 * @param {() => number} options.span how many seconds to show
 * @param {(index: number | null) => void} [options.onPoint]
 * @param {string} [options.syncKey] plots with the same key share the pointer
 */
export function plot(place, { series, bands = [], range, span, onPoint, syncKey }) {
  const style = getComputedStyle(place);
  const axis = {
    stroke: () => style.color,
    font: FONT,
    grid: { stroke: () => style.borderTopColor, width: 1 },
    ticks: { show: false },
  };
  const drawing = new UPlot(
    {
      width: place.clientWidth || 300,
      height: place.clientHeight,
      padding: [8, 22, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: false, y: false },
        y: false,
        points: { size: 6 },
        sync: syncKey ? { key: syncKey, setSeries: false } : undefined,
      },
      scales: { x: { time: false, range: () => [-span(), 0] }, y: { range } },
      axes: [
        { ...axis, size: 24, splits: () => marks(span()), values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((at) => (at === 0 ? "now" : `${-at} s`)) },
        { ...axis, size: 42, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000], space: place.clientHeight < 120 ? 22 : 36 },
      ],
      series: [{}, ...series],
      bands,
      hooks: { setCursor: [(/** @type {any} */ self) => onPoint?.(self.cursor.idx ?? null)] },
    },
    [[], ...series.map(() => [])],
    place,
  );
  new ResizeObserver(() => {
    if (place.clientWidth) drawing.setSize({ width: place.clientWidth, height: place.clientHeight });
  }).observe(place);
  return drawing;
}

/** @param {number} span @returns {number[]} where the time axis is marked */
function marks(span) {
  const step = span <= 25 ? 5 : span <= 45 ? 10 : 15;
  const found = [];
  for (let at = 0; at >= -span; at -= step) found.unshift(at);
  return found;
}

/**
 * The time span to show: from just before the first activity, at most the whole window.
 * @param {number[]} done the number of acknowledged calls up to each sample
 * @param {number[]} time of each sample, the newest being 0
 */
export function spanOf(done, time) {
  const began = done.findIndex((count) => count !== done[0]);
  if (began === -1) return WINDOW_S;
  return Math.min(WINDOW_S, Math.max(SHORTEST_S, BEFORE_S - time[began]));
}

/**
 * The range around the values, at least `least` high, so that a change of one stays small.
 * @param {(number | null)[]} values
 * @param {number} least
 * @returns {[number, number]}
 */
export function around(values, least) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value == null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, least];
  const pad = Math.max(1, (high - low) * 0.12, (least - (high - low)) / 2);
  const floor = low >= 0 ? Math.max(-0.5, low - pad) : low - pad;
  return [floor, Math.max(high + pad, floor + least)];
}
