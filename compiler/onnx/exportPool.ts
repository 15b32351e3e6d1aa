/** How pools are said in ONNX: one row an op. */
import { fail } from "../error.js";
import type { OpName } from "../graph/graph.js";
import { formatType } from "../tensor.js";
import {
  int,
  intList,
  ints,
  step,
  type OnnxAttributes,
  type Site,
  type Step,
} from "./exportSite.js";
import { numericPads, windowOf } from "./exportWindow.js";

type PoolSite = Site<"maxPool" | "averagePool">;

function poolAttributes(site: PoolSite): OnnxAttributes {
  const { attributes } = site.node;
  const pads = poolPads(site);
  return {
    ...windowOf(attributes, attributes.kernel),
    pads: pads && ints(pads),
    ceil_mode: int(attributes.ceilMode ? 1 : 0),
  };
}

/**
 * Until opset 22, ONNX's ceil mode keeps a window that starts in the padding at the end, which PyTorch's and
 * ours drops: there the padding ends with the window before.
 */
function poolPads({ node, types }: PoolSite): readonly number[] | undefined {
  const { name, op, attributes, type } = node;
  const { kernel, strides, dilations } = attributes;
  const pads = numericPads(attributes.pads);
  if (pads === undefined || !attributes.ceilMode) return pads;
  const input = types[0]!.dims.slice(2);
  const rank = input.length;
  const ends = input.map((size, i) => {
    const count = type.dims[2 + i]!;
    const end = pads[rank + i]!;
    const stride = strides?.[i] ?? 1;
    const rest = size + pads[i]! - (kernel[i]! - 1) * (dilations?.[i] ?? 1) - 1;
    return Math.ceil((rest + end) / stride) + 1 === count ? end : (count - 1) * stride - rest;
  });
  if (ends.every((end) => end >= 0)) return [...pads.slice(0, rank), ...ends];
  const message = `ONNX has windows in the padding at the end where these make [${type.dims.slice(2).join(",")}]`;
  return fail("unsupported", message, { node: name, op, hint: "use less padding" });
}

/** ONNX pools floats and 8-bit integers. */
function rejectWide({ node, types }: Site): void {
  const x = types[0]!;
  if (x.dtype !== "i32" && x.dtype !== "i64") return;
  fail("unsupported", `ONNX does not pool ${formatType(x)}`, {
    node: node.name,
    op: node.op,
    hint: "cast it to f32 before",
  });
}

function maxPool(site: Site<"maxPool">): Step {
  rejectWide(site);
  return step("MaxPool", site.inputs, poolAttributes(site));
}

function averagePool(site: Site<"averagePool">): Step {
  return step("AveragePool", site.inputs, {
    ...poolAttributes(site),
    count_include_pad: int(site.node.attributes.countIncludePad ? 1 : 0),
  });
}

type AdaptiveSite = Site<"adaptiveAveragePool" | "adaptiveMaxPool">;

/** Where the windows are all alike, an adaptive pool is an ordinary one; elsewhere one dimension after the other. */
const adaptivePool =
  (pool: string, reduce: string) =>
  (site: AdaptiveSite): Step => {
    const { op, attributes } = site.node;
    if (op === "adaptiveMaxPool") rejectWide(site);
    const input = site.types[0]!.dims.slice(2);
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

export const poolExporters = {
  maxPool,
  averagePool,
  globalAveragePool: ({ inputs }: Site<"globalAveragePool">) => step("GlobalAveragePool", inputs),
  globalMaxPool: (site: Site<"globalMaxPool">) => {
    rejectWide(site);
    return step("GlobalMaxPool", site.inputs);
  },
  adaptiveAveragePool: adaptivePool("AveragePool", "ReduceMean"),
  adaptiveMaxPool: adaptivePool("MaxPool", "ReduceMax"),
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
