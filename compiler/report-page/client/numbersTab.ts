/** What numbers are like: weights and values of layers, errors of kernels, and channels that say nothing. */
import type { ReportData } from "../data.js";
import type { ErrorData } from "../sampleData.js";
import { drawn, type Drawn } from "../drawing.js";
import type { Statistics } from "../statistics.js";
import { grouped, shown } from "../text.js";
import { h, nameNode, svgNode, table, type Child } from "./dom.js";
import type { Store } from "./state.js";

export function numbersTab({ filters, sample }: ReportData, _store: Store): HTMLElement {
  const weights = filters.map(({ node, constant, dims, statistics }): Child[] => [
    nameNode(shown(node, 50)),
    nameNode(shown(constant, 50)),
    dims.join("×"),
    ...statisticsCells(statistics),
  ]);
  return h(
    "div",
    { class: "page" },
    h("h2", {}, "Weights"),
    table(
      "Constants of sums of products",
      ["layer", "constant", "dims", ...STATISTICS],
      weights,
      [4, 5, 6, 7, 8],
    ),
    ...(sample === undefined
      ? [
          h(
            "p",
            { class: "quiet" },
            "With `report --input image=photo.png` (or .npy): values of layers, errors of kernels, dead and saturated channels.",
          ),
        ]
      : sampleParts(sample)),
  );
}

const STATISTICS = ["histogram", "least", "largest", "mean", "deviation", "zeros"];

const short = (value: number): string => String(Number(value.toPrecision(3)));

function statisticsCells(all: Statistics): Child[] {
  const { least, most, mean, deviation, zeros, count, special } = all;
  const share = count === 0 ? 0 : (100 * zeros) / count;
  const odd = special === 0 ? "" : `, ${grouped(special)} NaN or infinite`;
  return [
    svgNode(histogram(all)),
    short(least),
    short(most),
    short(mean),
    short(deviation),
    `${share.toFixed(1)} %${odd}`,
  ];
}

function histogram({ histogram, least, most, count }: Statistics): Drawn {
  const highest = Math.max(1, ...histogram);
  const [width, height] = [140, 26];
  const part = width / histogram.length;
  const bars = histogram.map((value, i) => {
    // What is there at all is seen.
    const high = value === 0 ? 0 : Math.max(1, (height * value) / highest);
    return `M${(i * part).toFixed(1)} ${height}v${(-high).toFixed(1)}h${(part * 0.9).toFixed(1)}v${high.toFixed(1)}z`;
  });
  const label = `${grouped(count)} numbers from ${short(least)} to ${short(most)}`;
  return drawn(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": label,
      class: "histogram",
    },
    drawn("path", { d: bars.join("") }),
  );
}

function sampleParts({ maps, errors }: NonNullable<ReportData["sample"]>): Child[] {
  const rows = maps.map(({ name, dims, statistics }): Child[] => [
    nameNode(shown(name, 50)),
    dims.join("×"),
    ...statisticsCells(statistics),
  ]);
  return [
    h("h2", {}, "Channels that say nothing"),
    ...quietParts(maps),
    ...errorParts(errors),
    h("h2", {}, "Values of layers"),
    table("Of the sample", ["layer", "dims", ...STATISTICS], rows, [3, 4, 5, 6, 7]),
  ];
}

function quietParts(maps: NonNullable<ReportData["sample"]>["maps"]): Child[] {
  const named = (channels: readonly number[], of: number): string => {
    const some = channels.slice(0, 16).join(", ");
    const more = channels.length > 16 ? " …" : "";
    return channels.length === 0 ? "" : `${channels.length} of ${of}: ${some}${more}`;
  };
  const rows = maps
    .filter(({ dead, saturated }) => dead.length + saturated.length > 0)
    .map(({ name, dead, saturated, channels }): Child[] => [
      nameNode(shown(name, 50)),
      named(dead, channels),
      named(saturated, channels),
    ]);
  if (rows.length === 0) return [h("p", {}, "There are none for this sample.")];
  const caption =
    "Dead: all zeros. Saturated: at least half of the values are the least or the largest of the map.";
  return [table(caption, ["layer", "dead channels", "saturated channels"], rows)];
}

function errorParts(errors: readonly ErrorData[]): Child[] {
  if (errors.length === 0) return [];
  const rows = errors.map(({ node, error, allowed, rms }): Child[] => [
    nameNode(shown(node, 50)),
    error.toExponential(1),
    rms === 0 ? "" : (error / rms).toExponential(1),
    allowed.toExponential(1),
    error <= allowed ? "" : "too much",
  ]);
  const headings = [
    "layer whose value a kernel writes",
    "largest error",
    "of the root mean square",
    "allowed",
    "",
  ];
  return [
    h("h2", {}, "Errors of kernels"),
    table("The compiled module beside what its ops mean", headings, rows, [1, 2, 3]),
  ];
}
