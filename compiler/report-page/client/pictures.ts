/** Draws numbers as pictures on canvases, grey or in colours. */
import { unpackFloats } from "../bytes.js";
import type { MapData } from "../sampleData.js";
import { h } from "./dom.js";

/** Values of one picture by channel, row, column. */
export interface Grid {
  readonly channels: 1 | 3;
  readonly rows: number;
  readonly columns: number;
  /** From 0 to 1. */
  readonly at: (channel: number, row: number, column: number) => number;
}

/** Pixels as large as `zoom`; `label` says what is seen to who does not see it. */
export function pictureOf(grid: Grid, zoom: number, label: string): HTMLCanvasElement {
  const { channels, rows, columns, at } = grid;
  const canvas = h("canvas", { role: "img", "aria-label": label });
  canvas.width = columns;
  canvas.height = rows;
  canvas.style.width = `${columns * zoom}px`;
  canvas.style.height = `${rows * zoom}px`;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const pixel = 4 * (y * columns + x);
      for (let c = 0; c < 3; c++) image.data[pixel + c] = 255 * at(channels === 3 ? c : 0, y, x);
      image.data[pixel + 3] = 255;
    }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Many pictures of one size side by side on one sheet, with a line between them. */
export function sheetOf(
  grids: readonly Grid[],
  columns: number,
  zoom: number,
  label: string,
): HTMLCanvasElement {
  const [first] = grids;
  const [rows, wide] = [first!.rows + 1, first!.columns + 1];
  const sheet: Grid = {
    channels: first!.channels,
    rows: Math.ceil(grids.length / columns) * rows,
    columns: columns * wide,
    at: (channel, y, x) => {
      const grid = grids[Math.floor(y / rows) * columns + Math.floor(x / wide)];
      const [row, column] = [y % rows, x % wide];
      if (grid === undefined || row === rows - 1 || column === wide - 1) return 0.5;
      return grid.at(channel, row, column);
    },
  };
  return pictureOf(sheet, zoom, label);
}

/** A list of names to choose from. */
export function chooser(
  label: string,
  names: readonly string[],
  choose: (at: number) => void,
): HTMLSelectElement {
  const list = h(
    "select",
    { "aria-label": label, onchange: () => choose(list.selectedIndex) },
    ...names.map((name) => h("option", {}, name)),
  );
  return list;
}

/** The value of a map at a row and column, of those that are kept the one at or before it. */
export function readerOf(map: MapData): (channel: number, row: number, column: number) => number {
  const values = unpackFloats(map.values);
  const [high, wide] = [Math.ceil(map.rows / map.step), Math.ceil(map.columns / map.step)];
  return (channel, row, column) =>
    values[(channel * high + Math.floor(row / map.step)) * wide + Math.floor(column / map.step)]!;
}
