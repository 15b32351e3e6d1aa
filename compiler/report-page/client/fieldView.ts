/** What a position of a layer sees of the inputs: a map to point at, and pictures of what is seen by formula and by measurement. */
import type { SummaryRow } from "../../analysis/summary.js";
import { unpackBytes } from "../bytes.js";
import type { ReportData } from "../data.js";
import type { SeenData } from "../sampleData.js";
import { drawn, type Drawn } from "../drawing.js";
import { partEnds } from "../parts.js";
import { boxesSeen, type SeenBox } from "../receptive.js";
import { pictureSides } from "../sides.js";
import { shown } from "../text.js";
import { h, nameNode, svgNode, type Child } from "./dom.js";
import { pictureOf, readerOf } from "./pictures.js";

export interface FieldView {
  readonly element: HTMLElement;
  /** Shows what a position sees; the nearest one there is. */
  look(row: number, column: number): void;
}

type Position = readonly [row: number, column: number];

/** Of a layer that sees an input; begins in the middle. `onLook` is told every position that is looked at. */
export function fieldView(
  data: ReportData,
  layer: SummaryRow,
  onLook: (row: number, column: number) => void = () => undefined,
): FieldView {
  const [, rows, columns] = pictureSides(layer.dims);
  const isMap = layer.dims.length > 2 && rows * columns > 1;
  const map = stageOf(rows, columns, `Map of ${shown(layer.name, 60)}: ${rows} by ${columns}`);
  const figures = layer.receptiveFields.map(({ input }) => inputFigures(data, layer, input));
  const sides = [sideInput("row", rows), sideInput("column", columns)] as const;
  const look = (toRow: number, toColumn: number): void => {
    const at = [within(toRow, rows), within(toColumn, columns)] as const;
    sides.forEach(({ input }, i) => (input.value = String(at[i]!)));
    const [top, left] = at;
    map.draw(seenBox({ top, bottom: top, left, right: left }));
    for (const figure of figures) figure.look(at);
    onLook(...at);
  };
  const read = (): void => look(Number(sides[0].input.value), Number(sides[1].input.value));
  for (const { input } of sides) input.addEventListener("change", read);
  map.listen(look);
  const element = h(
    "div",
    { class: "field" },
    ...(isMap
      ? [
          h(
            "p",
            { class: "position" },
            ...sides.flatMap((side) => (side.most > 1 ? [side.label] : [])),
          ),
          h(
            "figure",
            {},
            map.element,
            h("figcaption", {}, "A map of the layer: point at a position."),
          ),
        ]
      : []),
    ...figures.map((figure) => figure.element),
  );
  look(rows >> 1, columns >> 1);
  return { element, look };
}

function sideInput(name: string, most: number) {
  const input = h("input", { type: "number", name, min: 0, max: most - 1 });
  return { input, most, label: h("label", {}, `${name} `, input) };
}

const within = (value: number, length: number): number =>
  Math.max(0, Math.min(length - 1, Number.isFinite(value) ? Math.floor(value) : 0));

/** Room for a picture of so many pixels, with shapes over it in the same units. */
function stageOf(rows: number, columns: number, label: string, under?: HTMLElement) {
  const zoom = Math.max(0.5, Math.min(8, 224 / Math.max(rows, columns)));
  const svg = svgNode(
    drawn("svg", {
      viewBox: `0 0 ${columns} ${rows}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    }),
  );
  const element = h(
    "div",
    { class: under === undefined ? "stage-of bare" : "stage-of" },
    under,
    svg,
  );
  element.style.width = `${Math.min(640, Math.max(28, columns * zoom))}px`;
  element.style.height = `${Math.max(28, rows * zoom)}px`;
  return {
    element,
    draw: (...shapes: readonly Drawn[]) => svg.replaceChildren(...shapes.map(svgNode)),
    listen(look: (row: number, column: number) => void): void {
      const move = (event: PointerEvent | MouseEvent): void => {
        const { left, top, width, height } = element.getBoundingClientRect();
        look(
          ((event.clientY - top) / Math.max(1, height)) * rows,
          ((event.clientX - left) / Math.max(1, width)) * columns,
        );
      };
      element.classList.add("points");
      element.addEventListener("pointermove", move);
      element.addEventListener("click", move);
    },
  };
}

/** An input, as the sample has it or empty: what a position sees by the formula, and what the nearest one of those that were measured. */
function inputFigures(data: ReportData, layer: SummaryRow, input: string) {
  const dims = dimsOf(data, input);
  const [, rows, columns] = pictureSides(dims);
  const axes =
    data.seen.find((one) => one.layer === layer.name && one.input === input)?.axes ??
    layer.receptiveFields.find((field) => field.input === input)!.axes;
  const name = shown(input, 40);
  const seen = stageOf(
    rows,
    columns,
    `Pixels of ${name} that are seen`,
    samplePicture(data, input),
  );
  const text = h("span", {});
  const formula = h("figure", {}, seen.element, h("figcaption", {}, text, nameNode(name), "."));
  const measured = measuredFigure(data, layer.name, input);
  return {
    element: h("div", { class: "columns" }, formula, measured?.element),
    look([row, column]: Position): void {
      const boxes = boxesSeen(axes, layer.dims, dims, row, column);
      const [box] = boxes;
      text.textContent =
        box === undefined
          ? "It sees nothing but padding of "
          : `By the formula it sees ${rows === 1 ? "" : `rows ${box.top} to ${boxes.at(-1)!.bottom}, `}columns ${box.left} to ${box.right} of `;
      seen.draw(
        drawn("path", { class: "unseen", d: around(rows, columns, boxes) }),
        ...boxes.map(seenBox),
      );
      measured?.look([row, column]);
    },
  };
}

/** All of a picture but boxes. */
function around(rows: number, columns: number, boxes: readonly SeenBox[]): string {
  const holes = boxes.map(
    ({ top, bottom, left, right }) => `M${left} ${top}V${bottom + 1}H${right + 1}V${top}z`,
  );
  return `M0 0H${columns}V${rows}H0z${holes.join("")}`;
}

function seenBox({ top, bottom, left, right }: SeenBox): Drawn {
  const sides = { width: right - left + 1, height: bottom - top + 1 };
  return drawn("rect", { class: "seen", x: left, y: top, ...sides });
}

/** From black to red: on dark pictures nothing is darker, and on red ones nothing redder. */
const colourOf = (heat: number): string => {
  const part = heat === 0 ? 0 : 0.15 + (0.85 * heat) / 255;
  return `rgb(${[230, 50, 45].map((most) => Math.round(most * part)).join()})`;
};

function measuredFigure(data: ReportData, layer: string, input: string) {
  const { sample } = data;
  const parts = sample?.parts.find((one) => one.input === input);
  const map = sample?.maps.find(({ name }) => name === layer);
  const all = map?.seen?.filter((one) => one.input === input) ?? [];
  if (parts === undefined || all.length === 0) return undefined;
  const [, rows, columns] = pictureSides(dimsOf(data, input));
  const label = `How much parts of ${shown(input, 40)} matter`;
  const stage = stageOf(rows, columns, label, samplePicture(data, input));
  const caption = h("figcaption", {});
  let before: SeenData | undefined;
  return {
    element: h("figure", {}, stage.element, caption),
    look([row, column]: Position): void {
      const far = (one: SeenData): number => Math.hypot(one.row - row, one.column - column);
      const nearest = all.reduce((best, one) => (far(one) < far(best) ? one : best));
      if (nearest === before) return;
      before = nearest;
      const where = all.length === 1 ? "it" : `row ${nearest.row}, column ${nearest.column}`;
      caption.textContent = `Measured: how much ${where} changes where each of ${parts.rows}×${parts.columns} parts gets brighter.`;
      const heat = unpackBytes(nearest.heat);
      const shapes = Array.from(heat, (one, part) => {
        const [top, bottom] = partEnds(Math.floor(part / parts.columns), parts.rows, rows);
        const [left, right] = partEnds(part % parts.columns, parts.columns, columns);
        return drawn("rect", {
          class: "heat",
          fill: colourOf(one),
          ...{ x: left, y: top, width: right - left, height: bottom - top },
        });
      });
      stage.draw(...shapes);
    },
  };
}

function dimsOf({ inputs }: Pick<ReportData, "inputs">, input: string): readonly number[] {
  return inputs.find(({ name }) => name === input)!.dims;
}

function samplePicture(
  { sample }: Pick<ReportData, "sample">,
  input: string,
): (Child & HTMLElement) | undefined {
  const picture = sample?.pictures.find(({ name }) => name === input);
  if (picture === undefined) return undefined;
  const valueAt = readerOf(picture);
  const { least, most } = picture.statistics;
  const scale = most > least ? 1 / (most - least) : 0;
  const { rows, columns } = picture;
  const channels = picture.channels === 3 ? 3 : 1;
  const at = (c: number, y: number, x: number): number => (valueAt(c, y, x) - least) * scale;
  const canvas = pictureOf({ channels, rows, columns, at }, 1, `Input ${shown(input, 40)}`);
  canvas.removeAttribute("style");
  return canvas;
}
