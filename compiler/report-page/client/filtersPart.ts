/** What layers have learnt: filters that see colours as colour pictures, others as grids. */
import { unpackBytes } from "../bytes.js";
import type { ReportData } from "../data.js";
import type { FilterData } from "../sampleData.js";
import { shown } from "../text.js";
import { h, type Child } from "./dom.js";
import { chooser, sheetOf, type Grid } from "./pictures.js";

export function filtersPart(data: ReportData): Child[] {
  const { filters } = data;
  if (filters.length === 0) return [];
  const room = h("div", {});
  const show = (at: number): void => room.replaceChildren(...drawFilters(filters[at]!));
  const names = filters.map(({ node, dims }) => `${shown(node, 60)} (${dims.join("×")})`);
  show(0);
  return [
    h("h2", {}, "What layers have learnt"),
    h("p", {}, chooser("Layer whose filters are shown", names, show)),
    room,
  ];
}

/** Pixels of a screen that a sheet takes at most where it can. */
const WIDE = 1000;

function drawFilters(data: FilterData): Node[] {
  const { filters, channels, dims, statistics, constant } = data;
  const [count = 1, depth = 1] = dims;
  const isColour = depth === 3 && channels === 3 && dims.length === 4;
  const grids = isColour ? colourGrids(data) : greyGrids(data);
  const side = Math.max(grids[0]!.rows, grids[0]!.columns);
  // Windows of a signal are rows, and want as much room as rows of text.
  const isSignal = grids[0]!.rows === 1 && grids[0]!.columns > 1;
  const [widest, most] = isSignal ? [8, 8 * side] : [10, isColour ? 56 : 30];
  const alone = isSignal
    ? Math.max(1, Math.floor(WIDE / (widest * (side + 1))))
    : Math.ceil(Math.sqrt(grids.length * 1.6));
  const columns = isColour || channels === 1 ? alone : channels;
  const zoom = Math.max(
    2,
    Math.min(widest, Math.floor(most / side), Math.floor(WIDE / (columns * (side + 1)))),
  );
  const some =
    filters === count && channels === depth
      ? ""
      : ` Shown are ${filters} of ${count} filters, and ${channels} of ${depth} channels of each.`;
  const how = isColour
    ? "One picture a filter, in the colours that it answers to."
    : channels === 1
      ? "One picture a filter."
      : "One row a filter, one picture a channel that it reads.";
  const label = `Filters ${shown(constant, 60)}: ${grids.length} pictures of ${grids[0]!.rows} by ${grids[0]!.columns}`;
  return [
    h(
      "p",
      {},
      `${how} Each filter is stretched from its least to its largest number; over all they go from ${statistics.least.toPrecision(3)} to ${statistics.most.toPrecision(3)}.${some}`,
    ),
    h(
      "div",
      { class: "pictures", tabindex: "0", role: "group", "aria-label": "Filters" },
      sheetOf(grids, columns, zoom, label),
    ),
  ];
}

function sidesOf({ dims }: FilterData): readonly [number, number] {
  const window = dims.slice(2);
  const columns = window.at(-1) ?? 1;
  return [window.slice(0, -1).reduce((all, side) => all * side, 1), columns];
}

function colourGrids(data: FilterData): Grid[] {
  const [rows, columns] = sidesOf(data);
  const pixels = unpackBytes(data.pixels);
  return Array.from({ length: data.filters }, (_, filter): Grid => ({
    channels: 3,
    rows,
    columns,
    at: (channel, y, x) => pixels[((filter * 3 + channel) * rows + y) * columns + x]! / 255,
  }));
}

function greyGrids(data: FilterData): Grid[] {
  const [rows, columns] = sidesOf(data);
  const pixels = unpackBytes(data.pixels);
  return Array.from({ length: data.filters * data.channels }, (_, i): Grid => ({
    channels: 1,
    rows,
    columns,
    at: (_channel, y, x) => pixels[(i * rows + y) * columns + x]! / 255,
  }));
}
