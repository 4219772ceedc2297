// The matrix is one tab stop: arrow keys, Home and End go from cell to cell, and Enter follows the link that a cell is.

/** Where a key leads from a place, if anywhere. @param {string} key @param {boolean} far with Ctrl @param {number} row @param {number} column @param {number} rows @param {number} columns */
export function leads(key, far, row, column, rows, columns) {
  /** @type {Record<string, [number, number]>} */
  const to = {
    ArrowUp: [far ? 0 : row - 1, column],
    ArrowDown: [far ? rows - 1 : row + 1, column],
    ArrowLeft: [row, far ? 0 : column - 1],
    ArrowRight: [row, far ? columns - 1 : column + 1],
    Home: [far ? 0 : row, 0],
    End: [far ? rows - 1 : row, columns - 1],
  };
  const [below, beside] = to[key] ?? [row, column];
  return [Math.max(0, Math.min(rows - 1, below)), Math.max(0, Math.min(columns - 1, beside)), Object.hasOwn(to, key)];
}

/** @param {HTMLElement} table */
export function mountMatrix(table) {
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".cell")]));
  const cells = rows.flat();
  let stop = cells[0];
  table.setAttribute("role", "grid");
  for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;

  table.addEventListener("focusin", (event) => {
    if (!cells.includes(/** @type {HTMLElement} */ (event.target))) return;
    stop.tabIndex = -1;
    stop = /** @type {HTMLElement} */ (event.target);
    stop.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    const row = rows.findIndex((one) => one.includes(stop));
    const [below, beside, moves] = leads(event.key, event.ctrlKey, row, rows[row].indexOf(stop), rows.length, rows[row].length);
    if (!moves || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    rows[Number(below)][Number(beside)].focus();
  });
}
