// A uPlot drawing that follows the width of its place and the colours of the page.

/** @type {any} */
const UPlot = /** @type {any} */ (window).uPlot;

const BIG = document.documentElement.dataset.size === "big" ? 1.35 : 1; // for a projector, as the rest of the page
const FONT = `${Math.round(11 * BIG)}px "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif`;

/**
 * @param {HTMLElement} place
 * @param {object} options
 * @param {object[]} options.series without the first, which is the time
 * @param {object[]} [options.bands]
 * @param {() => [number, number]} options.range of the vertical axis
 * @param {() => {from: number, to: number, whole: number | null}} options.time which seconds to show; up to now, or a whole load
 * @param {(index: number | null) => void} [options.onPoint]
 * @param {string} [options.syncKey] plots with the same key share the pointer
 */
export function plot(place, { series, bands = [], range, time, onPoint, syncKey }) {
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
      scales: { x: { time: false, range: () => [time().from, time().to] }, y: { range } },
      axes: [
        { ...axis, size: 24 * BIG, splits: () => marks(time()), values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((at) => (time().whole !== null ? `${at} s` : at === 0 ? "now" : `${-at} s`)) },
        { ...axis, size: 42 * BIG, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000], space: () => (place.clientHeight < 120 ? 22 : 36) },
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

const STEPS = [1, 2, 5, 10, 15, 30, 60];
const MOST_MARKS = 6;

/** @param {{from: number, to: number}} time @returns {number[]} where the time axis is marked */
function marks({ from, to }) {
  const step = STEPS.find((each) => (to - from) / each <= MOST_MARKS) ?? STEPS[STEPS.length - 1];
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at || 0);
  return found;
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
