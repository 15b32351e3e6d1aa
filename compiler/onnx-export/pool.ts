/** How pools are said in ONNX: one row an op. */
import { fail } from "../base/error.js";
import type { OpName } from "../graph/graph.js";
import { formatType } from "../base/tensor.js";
import { int, intList, ints, step, type OnnxAttributes, type Site, type Step } from "./site.js";
import { numericPads, windowOf } from "./window.js";
import { ONNX_TYPES } from "../onnx/proto.js";

type PoolSite = Site<"maxPool" | "maxPoolIndices" | "averagePool" | "lpPool">;

function poolAttributes(site: PoolSite, pads = padsOf(site)): OnnxAttributes {
  const { attributes } = site.node;
  return { ...windowOf(attributes, attributes.kernel), pads: pads && ints(pads) };
}

function padsOf({ node }: PoolSite): readonly number[] | undefined {
  return numericPads(node.attributes.pads);
}

/** Begins and ends. */
function sidesOf(site: PoolSite): readonly [begins: readonly number[], ends: readonly number[]] {
  const rank = site.node.attributes.kernel.length;
  const pads = padsOf(site) ?? new Array<number>(2 * rank).fill(0);
  return [pads.slice(0, rank), pads.slice(rank)];
}

/**
 * End pads without ceil mode that make the same windows, where ONNX's ceil mode would not: until opset 22 it
 * keeps a window that starts in the padding at the end, which PyTorch's and ours drops.
 */
function endPads(site: PoolSite): readonly number[] | undefined {
  const { attributes, type } = site.node;
  const { kernel, strides, dilations } = attributes;
  if (!attributes.ceilMode) return undefined;
  const input = site.types[0]!.dims.slice(2);
  const [begins, given] = sidesOf(site);
  const windows = input.map((size, i) => {
    const count = type.dims[2 + i]!;
    const end = given[i]!;
    const stride = strides?.[i] ?? 1;
    const rest = size + begins[i]! - (kernel[i]! - 1) * (dilations?.[i] ?? 1) - 1;
    const alike = Math.ceil((rest + end) / stride) + 1 === count;
    return { alike, end: Math.max(end, (count - 1) * stride - rest) };
  });
  return windows.every(({ alike }) => alike) ? undefined : windows.map(({ end }) => end);
}

/** ONNX pools floats and 8-bit integers. */
function rejectIntegers({ node, types }: Site): void {
  const x = types[0]!;
  if (x.dtype !== "i32" && x.dtype !== "i64") return;
  fail("unsupported", `ONNX does not pool ${formatType(x)}`, {
    node: node.name,
    op: node.op,
    hint: "cast it to f32 before",
  });
}

function maxPool(site: Site<"maxPool" | "maxPoolIndices">): Step {
  rejectIntegers(site);
  const ends = endPads(site);
  if (ends === undefined) return step("MaxPool", site.inputs, withCeilMode(site));
  const pads = [...sidesOf(site)[0], ...ends];
  return step("MaxPool", site.inputs, poolAttributes(site, pads));
}

function withCeilMode(site: PoolSite): OnnxAttributes {
  return { ...poolAttributes(site), ceil_mode: int(site.node.attributes.ceilMode ? 1 : 0) };
}

function averagePool(site: Site<"averagePool">): Step {
  const { countIncludePad } = site.node.attributes;
  const ends = endPads(site);
  if (ends === undefined) {
    const count = { count_include_pad: int(countIncludePad ? 1 : 0) };
    return step("AveragePool", site.inputs, { ...withCeilMode(site), ...count });
  }
  const [begins, old] = sidesOf(site);
  if (!countIncludePad)
    return step("AveragePool", site.inputs, poolAttributes(site, [...begins, ...ends]));
  // What counts is zeros that are there; what the last windows lack does not count.
  const widened = [0, 0, ...begins, 0, 0, ...old];
  const x = site.emit(step("Pad", [site.inputs[0]!, intList(site, widened)]));
  const rest = [...begins.map(() => 0), ...ends.map((end, i) => end - old[i]!)];
  return step("AveragePool", [x], poolAttributes(site, rest));
}

type AdaptiveSite = Site<"adaptiveAveragePool" | "adaptiveMaxPool">;

/** Where the windows are all alike, an adaptive pool is an ordinary one; elsewhere it goes dimension by dimension. */
const adaptivePool =
  (pool: string, reduce: string) =>
  (site: AdaptiveSite): Step => {
    const { op, attributes } = site.node;
    if (op === "adaptiveMaxPool") rejectIntegers(site);
    const input = site.types[0]!.dims.slice(2);
    if (attributes.outputSize.every((size) => size === 1))
      return step(`Global${pool}`, site.inputs);
    const kernel = input.map((dim, i) => dim / attributes.outputSize[i]!);
    if (kernel.every(Number.isInteger))
      return step(pool, site.inputs, { kernel_shape: ints(kernel), strides: ints(kernel) });
    const steps = input.flatMap((dim, i) =>
      dim === attributes.outputSize[i] ? [] : [{ dim, i, output: attributes.outputSize[i]! }],
    );
    const last = steps.pop()!;
    const before = steps.reduce(
      (value, { dim, i, output }) =>
        site.emit(poolDimension(site, value, { axis: i + 2, dim, output, reduce })),
      site.inputs[0]!,
    );
    const { dim, i, output } = last;
    return poolDimension(site, before, { axis: i + 2, dim, output, reduce });
  };

interface Pooled {
  readonly axis: number;
  readonly dim: number;
  readonly output: number;
  /** ReduceMean, ReduceMax. */
  readonly reduce: string;
}

/** Slice, reduce, and concatenate. */
function poolDimension(site: AdaptiveSite, value: string, pooled: Pooled): Step {
  const { axis, dim, output, reduce } = pooled;
  const axes = intList(site, [axis]);
  const parts = Array.from({ length: output }, (_, i) => {
    const from = intList(site, [Math.floor((i * dim) / output)]);
    const to = intList(site, [Math.ceil(((i + 1) * dim) / output)]);
    const part = site.emit(step("Slice", [value, from, to, axes]));
    return site.emit(step(reduce, [part, axes], { keepdims: int(1) }));
  });
  return step("Concat", parts, { axis: int(axis) });
}

/** The second output of a MaxPool, which counts with 64 bits. */
function maxPoolIndices(site: Site<"maxPoolIndices">): Step {
  const pool = maxPool(site);
  const { columnMajor } = site.node.attributes;
  const attributes = { ...pool.attributes, storage_order: int(columnMajor ? 1 : 0) };
  const indices = site.emit({ ...pool, attributes, output: 1 });
  return step("Cast", [indices], { to: int(ONNX_TYPES.i32) });
}

/** LpPool of opset 18, which has ceil mode and dilations. */
function lpPool(site: Site<"lpPool">): Step {
  const ends = endPads(site);
  const p = int(site.node.attributes.p);
  if (ends === undefined) return step("LpPool", site.inputs, { ...withCeilMode(site), p });
  const begins = (padsOf(site) ?? ends.map(() => 0)).slice(0, ends.length);
  return step("LpPool", site.inputs, { ...poolAttributes(site, [...begins, ...ends]), p });
}

export const poolExporters = {
  lpPool,
  maxPool,
  maxPoolIndices,
  averagePool,
  globalAveragePool: ({ inputs }: Site<"globalAveragePool">) => step("GlobalAveragePool", inputs),
  globalMaxPool: (site: Site<"globalMaxPool">) => {
    rejectIntegers(site);
    return step("GlobalMaxPool", site.inputs);
  },
  adaptiveAveragePool: adaptivePool("AveragePool", "ReduceMean"),
  adaptiveMaxPool: adaptivePool("MaxPool", "ReduceMax"),
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
