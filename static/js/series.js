// The lines of the charts: label, colour and dash. The swatches in panels.css are the same.

/** @typedef {{key: "store" | "statistics" | "database", label: string, stroke: string, width: number, dash?: number[]}} Line */

/** @type {Line[]} */
export const COUNTS = [
  { key: "store", label: "store", stroke: "#2088d0", width: 2.5 },
  { key: "statistics", label: "statistics", stroke: "#d55e00", width: 2.5, dash: [9, 4] },
  { key: "database", label: "database", stroke: "#009e73", width: 2.5, dash: [3, 3] },
];

export const SHOULD_BE = { stroke: "#cc79a7", fill: "rgba(204, 121, 167, 0.22)", width: 2, dash: [12, 5] };

export const MISSING = { stroke: "#d55e00", fill: "rgba(213, 94, 0, 0.14)", width: 2 };

export const QUEUE = { stroke: "#2088d0", fill: "rgba(32, 136, 208, 0.14)", width: 2 };

/**
 * The difference of a count to the expected band: 0 inside it.
 * @param {number} value
 * @param {[number, number]} band
 */
export function distance(value, [low, high]) {
  if (value > high) return value - high;
  return Math.min(0, value - low);
}
