/** What layers see, and what they make of a sample: as a stack of maps, and as a vector at a position; and filters. */
import type { SummaryRow } from "../../analysis/summary.js";
import type { ReportData } from "../data.js";
import type { MapData, SampleData } from "../sampleData.js";
import { drawn } from "../drawing.js";
import { shown } from "../text.js";
import { h, nameNode, svgNode, type Child } from "./dom.js";
import { fieldView } from "./fieldView.js";
import { filtersPart } from "./filtersPart.js";
import { chooser, pictureOf, readerOf } from "./pictures.js";
import type { Store } from "./state.js";

export function mapsTab(data: ReportData, store: Store): HTMLElement {
  const { sample } = data;
  const maps = new Map(sample?.maps.map((map) => [map.name, map]));
  const layers = data.layers.filter(
    ({ name, receptiveFields }) => receptiveFields.length > 0 || maps.has(name),
  );
  const said = sample === undefined ? WITHOUT_SAMPLE : sampleText(sample);
  const parts = layers.length === 0 ? [] : layerParts(data, layers, maps, store);
  return h(
    "div",
    { class: "page" },
    h("h2", {}, "What layers see and make of it"),
    h("p", {}, ...said),
    ...parts,
    ...filtersPart(data),
  );
}

const WITHOUT_SAMPLE: readonly Child[] = [
  "With `report --input image=photo.png` (or .npy) this page also shows what every layer makes of a sample.",
];

function sampleText({ inputs, by }: SampleData): Child[] {
  const computed = by === "meaning" ? "what the ops mean" : "a module that keeps every layer";
  return [
    ...inputs.flatMap(({ name, from }): Child[] => [
      nameNode(shown(name, 40)),
      ": ",
      nameNode(shown(from, 160)),
      ". ",
    ]),
    `Values are by ${computed}.`,
  ];
}

/** A layer to choose, the one that is selected, and what is known of it. */
function layerParts(
  data: ReportData,
  layers: readonly SummaryRow[],
  maps: ReadonlyMap<string, MapData>,
  store: Store,
): Child[] {
  const room = h("div", {});
  const show = (layer: SummaryRow): void => {
    const map = maps.get(layer.name);
    const vector = h("div", {});
    const view = fieldView(data, layer, (row, column) => {
      if (map !== undefined) vector.replaceChildren(...vectorOf(map, row, column));
    });
    const isVector = layer.dims.length < 3;
    const stack = map === undefined || isVector ? [] : stackOf(map, view.look);
    const title = isVector ? "Its vector" : "The vector at a position";
    room.replaceChildren(
      ...(stack.length === 0
        ? []
        : [h("h3", {}, "A stack of maps"), h("div", { class: "stack" }, ...stack)]),
      ...(map === undefined ? [] : [h("h3", {}, title), vector]),
      h("h3", {}, isVector ? "What it sees" : "What a position sees"),
      view.element,
    );
  };
  const names = layers.map(({ name, dims }) => `${shown(name, 60)} (${dims.join("×")})`);
  const list = chooser("Layer that is shown", names, (at) =>
    store.set({ selected: layers[at]!.name }),
  );
  const follow = (): void => {
    const at = layers.findIndex(({ name }) => name === store.state.selected);
    list.selectedIndex = Math.max(0, at);
    show(layers[Math.max(0, at)]!);
  };
  store.listen((state, before) => {
    if (state.tab !== "maps") return;
    if (state.selected !== before.selected || before.tab !== "maps") follow();
  });
  follow();
  return [h("p", {}, list), room];
}

/** Maps of more channels are counted. */
const MOST = 256;
const SIDE = 84;

function stackOf(map: MapData, look: (row: number, column: number) => void): Node[] {
  const { channels, step, statistics, dead, saturated } = map;
  const [rows, columns] = [Math.ceil(map.rows / step), Math.ceil(map.columns / step)];
  const valueAt = readerOf(map);
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

/** A bar a channel, up from 0 or down. */
function vectorOf(map: MapData, row: number, column: number): Node[] {
  const valueAt = readerOf(map);
  const isVector = map.dims.length < 3;
  const values = isVector
    ? Array.from({ length: map.columns }, (_, x) => valueAt(0, 0, x))
    : Array.from({ length: map.channels }, (_, c) => valueAt(c, row, column));
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const height = most > least ? most - least : 1;
  const where = isVector ? "" : ` at row ${row}, column ${column}`;
  const bars = values.map((value, x) => `M${x} 0h0.9v${-value / height}h-0.9z`);
  const chart = svgNode(
    drawn(
      "svg",
      {
        class: "vector",
        viewBox: `0 ${-most / height} ${values.length} 1`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${values.length} channels${where}, from ${least} to ${most}`,
      },
      drawn("path", { d: bars.join("") }),
      drawn("line", { class: "zero", x1: 0, x2: values.length, y1: 0, y2: 0 }),
    ),
  );
  chart.style.width = `${Math.max(160, Math.min(1000, values.length * 12))}px`;
  const numbers = values
    .slice(0, 64)
    .map((value, c) => h("li", {}, `${c}: ${Number(value.toPrecision(5))}`));
  return [
    chart,
    h(
      "details",
      {},
      h("summary", {}, `${values.length} numbers${where}`),
      h("ol", { class: "numbers", start: 0 }, ...numbers),
      values.length > 64 ? h("p", { class: "quiet" }, `and ${values.length - 64} more`) : "",
    ),
  ];
}
