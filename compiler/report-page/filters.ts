/** What layers have learnt, as pictures and numbers: the constants of sums of products. */
import { multiplyAddsByNode } from "../analysis/multiplyAdds.js";
import { elementCount } from "../base/tensor.js";
import { constantReader } from "../graph/readConstant.js";
import type { Constant } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import type { FilterData } from "./sampleData.js";
import { packBytes } from "./bytes.js";
import { statisticsOf } from "./statistics.js";

/** Elements of a layer's filters that are kept for pictures; more of the first, whose filters are looked at most. */
const [KEPT_OF_FIRST, KEPT] = [32_768, 2048];

/** Of every layer that multiplies with constants of rank 2 and more; of a graph after infer-shapes. */
export function filtersOf(graph: Graph, readFile?: (path: string) => Uint8Array): FilterData[] {
  const read = constantReader(readFile);
  const constants = new Map(graph.constants.map((constant) => [`@${constant.name}`, constant]));
  const products = multiplyAddsByNode(graph);
  const weights = graph.nodes.flatMap((node): (readonly [Node, Constant])[] => {
    if ((products.get(node.name)?.withWeights ?? 0) === 0) return [];
    const largest = largestOf(node.inputs.flatMap((operand) => constants.get(operand ?? "") ?? []));
    return largest === undefined ? [] : [[node, largest]];
  });
  return weights.flatMap(([node, constant], i) => {
    const value = read(constant);
    if (!(value?.data instanceof Float32Array)) return [];
    const most = i === 0 ? KEPT_OF_FIRST : KEPT;
    const { dims } = constant.type;
    const statistics = statisticsOf(value.data);
    return [
      {
        node: node.name,
        constant: constant.name,
        dims,
        statistics,
        ...pictures(value.data, dims, most),
      },
    ];
  });
}

function largestOf(constants: readonly Constant[]): Constant | undefined {
  return constants
    .filter(({ type }) => type.dims.length > 1)
    .toSorted((a, b) => elementCount(b.type.dims) - elementCount(a.type.dims))[0];
}

/** The first filters and channels, so that it looks like a square, each filter in 255 steps between its own ends. */
function pictures(
  values: Float32Array,
  [count = 1, depth = 1, ...window]: readonly number[],
  most: number,
): Pick<FilterData, "filters" | "channels" | "ends" | "pixels"> {
  const size = elementCount(window);
  const room = Math.max(1, Math.floor(most / size));
  const channels = Math.max(
    1,
    Math.min(depth, Math.floor(room / Math.min(count, Math.ceil(Math.sqrt(room))))),
  );
  const filters = Math.max(1, Math.min(count, Math.floor(room / channels)));
  const pixels = new Uint8Array(filters * channels * size);
  const ends: (readonly [number, number])[] = [];
  for (let filter = 0; filter < filters; filter++) {
    const from = filter * depth * size;
    const { least, most } = statisticsOf(values.subarray(from, from + channels * size));
    ends.push([least, most]);
    for (let i = 0; i < channels * size; i++)
      pixels[filter * channels * size + i] =
        most > least ? Math.round((255 * (values[from + i]! - least)) / (most - least)) : 128;
  }
  return { filters, channels, ends, pixels: packBytes(pixels) };
}
