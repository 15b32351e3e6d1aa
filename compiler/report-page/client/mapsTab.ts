/** What a model makes of a sample: each layer as a stack of pictures, and as a vector at a position; and its filters. */
import { unpackBytes, unpackFloats } from "../bytes.js";
import type { MapData, ReportData, SampleData } from "../data.js";
import { boxesSeen } from "../receptive.js";
import { partEnds } from "../parts.js";
import { shown } from "../text.js";
import { h, nameNode, type Child } from "./dom.js";
import { filtersPart } from "./filtersPart.js";
import { chooser, pictureOf } from "./pictures.js";
import type { Store } from "./state.js";

export function mapsTab(data: ReportData, _store: Store): HTMLElement {
  const { sample } = data;
  const parts: Child[] =
    sample === undefined
      ? [
          h(
            "p",
            { class: "quiet" },
            "With `report --input image=photo.png` (or .npy) this page also shows what every layer makes of a sample.",
          ),
        ]
      : samplePart(data, sample);
  return h("div", { class: "page" }, ...parts, ...filtersPart(data));
}

/** Maps of more channels are counted. */
const MOST = 256;
const SIDE = 84;

function samplePart(data: ReportData, sample: SampleData): Child[] {
  const { maps, inputs, by } = sample;
  const [stack, vector, field] = [h("div", { class: "stack" }), h("div", {}), h("div", {})];
  const sides = h("p", { class: "position" });
  let at = 0;
  let spot: readonly [number, number] = [0, 0];
  const look = (row: number, column: number): void => {
    const map = maps[at]!;
    spot = [clamp(row, map.rows), clamp(column, map.columns)];
    vector.replaceChildren(...vectorOf(map, spot));
    field.replaceChildren(...fieldOf(data, sample, map, spot));
    for (const input of Array.from(sides.querySelectorAll("input")))
      input.value = String(spot[input.name === "row" ? 0 : 1]);
  };
  const show = (next: number): void => {
    at = next;
    const map = maps[at]!;
    const side = (name: string, most: number, move: (value: number) => void): HTMLElement => {
      const input = h("input", {
        type: "number",
        name,
        min: 0,
        max: most - 1,
        step: map.step,
        onchange: () => move(Number(input.value)),
      });
      return h("label", {}, `${name} `, input);
    };
    sides.replaceChildren(
      side("row", map.rows, (row) => look(row, spot[1])),
      side("column", map.columns, (column) => look(spot[0], column)),
    );
    stack.replaceChildren(...stackOf(map, look));
    look(map.rows >> 1, map.columns >> 1);
  };
  const names = maps.map(({ name, dims }) => `${shown(name, 60)} (${dims.join("×")})`);
  show(0);
  const computed = by === "meaning" ? "what the ops mean" : "the compiled module";
  return [
    h("h2", {}, "What layers make of the sample"),
    h(
      "p",
      {},
      ...inputs.flatMap(({ name, from }) => [
        nameNode(shown(name, 40)),
        ": ",
        nameNode(shown(from, 160)),
        ". ",
      ]),
      `Values are by ${computed}.`,
    ),
    h("p", {}, chooser("Layer whose maps are shown", names, show)),
    h("h3", {}, "A stack of maps"),
    stack,
    h("h3", {}, "A vector at a position"),
    h("p", { class: "quiet" }, "Point at a map, or say row and column."),
    sides,
    h("div", { class: "columns" }, vector, field),
  ];
}

const clamp = (value: number, length: number): number =>
  Math.max(0, Math.min(length - 1, Number.isFinite(value) ? Math.floor(value) : 0));

/** The value at a row and column, of those that are kept the one at or before it. */
function reader(map: MapData): (channel: number, row: number, column: number) => number {
  const values = unpackFloats(map.values);
  const [high, wide] = [Math.ceil(map.rows / map.step), Math.ceil(map.columns / map.step)];
  return (channel, row, column) =>
    values[(channel * high + Math.floor(row / map.step)) * wide + Math.floor(column / map.step)]!;
}

function stackOf(map: MapData, look: (row: number, column: number) => void): Node[] {
  const { channels, step, statistics, dead, saturated } = map;
  const [rows, columns] = [Math.ceil(map.rows / step), Math.ceil(map.columns / step)];
  const valueAt = reader(map);
  const { least, most } = statistics;
  const scale = most > least ? 1 / (most - least) : 0;
  const zoom = Math.max(1, Math.min(SIDE / Math.max(rows, columns), 14));
  const pictures = Array.from({ length: Math.min(channels, MOST) }, (_, channel) => {
    const at = (_: number, y: number, x: number): number =>
      (valueAt(channel, y * step, x * step) - least) * scale;
    const canvas = pictureOf({ channels: 1, rows, columns, at }, zoom, `Channel ${channel}`);
    const move = (event: PointerEvent | MouseEvent): void => {
      const box = canvas.getBoundingClientRect();
      const part = (from: number, size: number): number => from / Math.max(1, size);
      look(
        Math.floor(part(event.clientY - box.top, box.height) * rows) * step,
        Math.floor(part(event.clientX - box.left, box.width) * columns) * step,
      );
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("click", move);
    const quiet = dead.includes(channel)
      ? " dead"
      : saturated.includes(channel)
        ? " saturated"
        : "";
    return h("figure", { class: quiet.trim() }, canvas, h("figcaption", {}, `${channel}${quiet}`));
  });
  const rest =
    channels > MOST ? [h("p", { class: "quiet" }, `and ${channels - MOST} more channels`)] : [];
  return [...pictures, ...rest];
}

/** A bar a channel, on both sides of 0. */
function vectorOf(map: MapData, [row, column]: readonly [number, number]): Node[] {
  const valueAt = reader(map);
  const values = Array.from({ length: map.channels }, (_, c) => valueAt(c, row, column));
  const most = Math.max(...values.map(Math.abs), 1e-30);
  const height = 60;
  const bars = pictureOf(
    {
      channels: 1,
      rows: 2 * height,
      columns: values.length,
      at: (_, y, x) => {
        const value = (values[x]! / most) * height;
        const up = height - y;
        return (value > 0 && up > 0 && up <= value) || (value < 0 && up <= 0 && up >= value)
          ? 0.25
          : y === height
            ? 0.7
            : 0.93;
      },
    },
    1,
    `${values.length} channels at row ${row}, column ${column}`,
  );
  bars.style.width = `${Math.max(160, Math.min(720, values.length * 12))}px`;
  const numbers = values
    .slice(0, 64)
    .map((value, c) => h("li", {}, `${c}: ${Number(value.toPrecision(5))}`));
  return [
    bars,
    h(
      "details",
      {},
      h("summary", {}, `Numbers at row ${row}, column ${column}`),
      h("ol", { class: "numbers", start: 0 }, ...numbers),
      values.length > 64 ? h("p", { class: "quiet" }, `and ${values.length - 64} more`) : "",
    ),
  ];
}

/** The input with what the position sees of it by the formula, and what was measured for the middle. */
function fieldOf(
  data: ReportData,
  sample: SampleData,
  map: MapData,
  [row, column]: readonly [number, number],
): Node[] {
  const layer = data.layers.find(({ name }) => name === map.name);
  const field = layer?.receptiveFields[0];
  const picture = sample.pictures.find(({ name }) => name === field?.input);
  if (field === undefined || picture === undefined) return [];
  const colours = picture.channels === 3 ? 3 : 1;
  const valueAt = reader(picture);
  const { least, most } = picture.statistics;
  const { rows, columns } = picture;
  const scale = most > least ? 1 / (most - least) : 0;
  const at = (c: number, y: number, x: number): number => (valueAt(c, y, x) - least) * scale;
  const zoom = Math.max(0.5, Math.min(8, 224 / Math.max(rows, columns)));
  const draw = (tint: (y: number, x: number) => number, label: string): HTMLElement =>
    pictureOf(
      {
        channels: 3,
        rows,
        columns,
        at: (c, y, x) => {
          const value = at(colours === 3 ? c : 0, y, x);
          const strength = tint(y, x);
          return c === 0 ? value + (1 - value) * strength : value * (1 - strength * 0.75);
        },
      },
      zoom,
      label,
    );
  const boxes = boxesSeen(field.axes, map.dims, picture.dims, row, column);
  const isIn = (y: number, x: number): boolean =>
    boxes.some(
      ({ top, bottom, left, right }) => y >= top && y <= bottom && x >= left && x <= right,
    );
  const [box] = boxes;
  const text =
    box === undefined
      ? "It sees padding alone."
      : `By the formula it sees rows ${box.top} to ${boxes.at(-1)!.bottom}, columns ${box.left} to ${box.right} of `;
  const formula = h(
    "figure",
    {},
    draw((y, x) => (isIn(y, x) ? 0.55 : 0), "Pixels that the position sees"),
    h("figcaption", {}, text, nameNode(shown(field.input, 40)), "."),
  );
  const { parts } = sample;
  if (map.seen === undefined || parts === undefined || parts.input !== field.input)
    return [formula];
  const heat = unpackBytes(map.seen.heat);
  const partOf = (at: number, count: number, length: number): number => {
    let part = Math.min(count - 1, Math.floor((at * count) / length));
    if (at >= partEnds(part, count, length)[1]) part++;
    return part;
  };
  const measured = draw(
    (y, x) =>
      heat[partOf(y, parts.rows, rows) * parts.columns + partOf(x, parts.columns, columns)]! / 255,
    "How much parts of the input matter to the middle",
  );
  const caption = `Measured: how much row ${map.seen.row}, column ${map.seen.column} changes where each of ${parts.rows}×${parts.columns} parts gets brighter.`;
  return [formula, h("figure", {}, measured, h("figcaption", {}, caption))];
}
