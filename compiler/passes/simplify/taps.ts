/** Taps of a convolution that lie on padding whatever the output: widely dilated ones on a small map. */
import { rowMajorStrides, type Tensor } from "../../base/tensor.js";
import type { Rule } from "../../graph/rewrite/rule.js";
import { windowOf } from "../spatial.js";

/** One spatial dimension; output o reads x at o · stride + tap · dilation − begin. */
interface WindowDim {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

/** Of one spatial dimension: the taps from the first to the last that stay, and the window that they have. */
interface Kept {
  readonly first: number;
  readonly window: WindowDim;
}

/**
 * conv(x: [n,c,14,14], w: [oc,c,3,3]) {pads=[24,24,24,24], dilations=[24,24]} => conv(x, w.taps: [oc,c,1,1]): of its
 * taps all but the middle one read padding at every output
 */
const dropPaddedTaps: Rule = {
  name: "drop-padded-taps",
  match(node, context) {
    if (node.op !== "conv" || node.attributes.pads === undefined) return undefined;
    const { groups, padMode, zero } = node.attributes;
    if (padMode !== "constant") return undefined;
    const [x, w] = node.inputs;
    const kernel = context.type(w!).dims.slice(2);
    const spatial = context.type(x!).dims.slice(2);
    const { strides, dilations, begin, end } = windowOf(node.attributes, kernel.length);
    const kept = kernel.map((taps, i) =>
      keptTaps({
        input: spatial[i]!,
        output: node.type.dims[i + 2]!,
        kernel: taps,
        stride: strides[i]!,
        dilation: dilations[i]!,
        begin: begin[i]!,
        end: end[i]!,
      }),
    );
    if (kept.every(({ window }, i) => window.kernel === kernel[i])) return undefined;
    const weight = context.value(w);
    const taps = weight === undefined ? undefined : slicedTaps(weight, kept);
    if (taps === undefined) return undefined;
    const name = context.fresh(`${w!.slice(1)}.taps`);
    const windows = kept.map(({ window }) => window);
    const attributes = {
      strides,
      dilations: windows.map(({ dilation }) => dilation),
      pads: [...windows.map((one) => one.begin), ...windows.map((one) => one.end)],
      groups,
      zero,
    };
    return {
      constants: [{ name, type: taps.type, source: { kind: "data", data: taps.data } }],
      node: { op: "conv", inputs: node.inputs.with(1, `@${name}`), attributes },
    };
  },
};

/** The fewest taps that say the same with as many outputs; all of them where the rest could not. */
function keptTaps(window: WindowDim): Kept {
  const live = Array.from({ length: window.kernel }, (_, tap) => tap).filter((tap) =>
    readsInside(window, tap),
  );
  if (live.length === 0) return { first: 0, window };
  // A window that begins inside would need padding of less than nothing.
  const first = Math.min(live[0]!, Math.floor(window.begin / window.dilation));
  for (let last = live.at(-1)!; last < window.kernel; last++) {
    const fewer = windowOfTaps(window, first, last);
    if (fewer !== undefined) return { first, window: fewer };
  }
  return { first: 0, window };
}

/** Whether a tap meets an element of x at any output. */
function readsInside({ input, stride, dilation, begin, output }: WindowDim, tap: number): boolean {
  const at = tap * dilation - begin;
  const earliest = Math.max(0, Math.ceil(-at / stride));
  return earliest < output && earliest * stride + at < input;
}

/** Undefined where it would have more outputs even without padding behind. */
function windowOfTaps(window: WindowDim, first: number, last: number): WindowDim | undefined {
  const { input, stride, dilation, output } = window;
  const begin = window.begin - first * dilation;
  const reach = (output - 1) * stride + (last - first) * dilation + 1 - begin;
  if (reach + stride <= input) return undefined;
  const end = Math.max(0, reach - input);
  const kernel = last - first + 1;
  return { ...window, kernel, dilation: kernel === 1 ? 1 : dilation, begin, end };
}

/** Undefined where weights are no floats. */
function slicedTaps({ type, data }: Tensor, kept: readonly Kept[]): Tensor | undefined {
  if (!(data instanceof Float32Array)) return undefined;
  const dims = [...type.dims.slice(0, 2), ...kept.map(({ window }) => window.kernel)];
  const [from, to] = [rowMajorStrides(type.dims), rowMajorStrides(dims)];
  const values = new Float32Array(dims.reduce((a, b) => a * b, 1));
  const firsts = [0, 0, ...kept.map(({ first }) => first)];
  const start = firsts.reduce((sum, first, d) => sum + first * from[d]!, 0);
  for (let i = 0; i < values.length; i++)
    values[i] =
      data[dims.reduce((at, dim, d) => at + (Math.floor(i / to[d]!) % dim) * from[d]!, start)]!;
  return { type: { ...type, dims }, data: values };
}

export const tapRules: readonly Rule[] = [dropPaddedTaps];
