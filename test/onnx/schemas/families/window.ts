/** Random nodes of convolutions, pools and what else reads images. */
import { float } from "../../../support/onnxModel.js";
import type { Random } from "../../../support/random.js";
import type { Schema } from "../changelog.js";
import { exactly, type Generator, maybe, type Shape } from "../draw.js";

/** [n, c, spatial…] with spatial dims large enough for windows. */
export const image = (spatial: readonly [number, number] = [1, 3], least = 3): Shape => ({
  fits: (dims) =>
    dims.length >= 2 + spatial[0] &&
    dims.length <= 2 + spatial[1] &&
    dims.slice(2).every((dim) => dim >= least),
  make: (random) => {
    const rank = random.int(...spatial);
    const most = rank === 3 ? 4 : 7;
    return [
      random.int(1, 2),
      random.pick([2, 1, 3, 4]),
      ...Array.from({ length: rank }, () => random.int(least, most)),
    ];
  },
});

interface Window {
  readonly kernel: readonly number[];
  readonly attributes: {
    readonly strides?: readonly number[] | undefined;
    readonly dilations?: readonly number[] | undefined;
    readonly pads?: readonly number[] | undefined;
    readonly auto_pad?: string | undefined;
  };
}

/** A window that fits into the padded input; pads are less than the kernel. */
export function windowOf(draw: Random, dims: readonly number[], schema: Schema): Window {
  const spatial = dims.slice(2);
  const dilations = schema.attributes.has("dilations") && draw.chance(0.4);
  const kernel = spatial.map((dim) => draw.int(1, Math.min(3, dim)));
  const gaps = spatial.map((dim, i) => {
    const largest = kernel[i]! === 1 ? 2 : Math.floor((dim - 1) / (kernel[i]! - 1));
    return dilations ? draw.int(1, Math.max(1, Math.min(2, largest))) : 1;
  });
  const strides = maybe(
    draw,
    spatial.map(() => draw.int(1, 3)),
  );
  const auto = draw.pick([undefined, undefined, "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]);
  const explicit = auto === undefined || auto === "NOTSET";
  const pads = explicit
    ? maybe(
        draw,
        [...kernel, ...kernel].map((size) => draw.int(0, Math.max(0, size - 1))),
      )
    : undefined;
  return {
    kernel,
    attributes: { strides, dilations: dilations ? gaps : undefined, pads, auto_pad: auto },
  };
}

const GROUPS = (draw: Random, channels: number): number =>
  draw.pick([1, 1, ...[2, channels].filter((groups) => channels % groups === 0)]);

export const conv: Generator = (draw, schema) => {
  const x = draw.operand(["f32"], image());
  const { kernel, attributes } = windowOf(draw, x.dims, schema);
  const channels = x.dims[1]!;
  const group = GROUPS(draw, channels);
  const outputs = group * draw.int(1, 3);
  const w = draw.operand(["f32"], exactly([outputs, channels / group, ...kernel]), "plain");
  const bias = draw.chance(0.5) ? draw.operand(["f32"], exactly([outputs]), "plain") : undefined;
  return {
    inputs: [x, w, bias],
    attributes: {
      ...attributes,
      kernel_shape: maybe(draw, kernel),
      group: group === 1 ? maybe(draw, 1) : group,
    },
  };
};

const convTranspose: Generator = (draw, schema) => {
  const x = draw.operand(["f32"], image([1, 3], 2));
  const channels = x.dims[1]!;
  const group = GROUPS(draw, channels);
  const outputs = draw.int(1, 2);
  const { kernel, attributes } = windowOf(draw, x.dims, schema);
  const w = draw.operand(["f32"], exactly([channels, outputs, ...kernel]), "plain");
  const bias = draw.chance(0.5)
    ? draw.operand(["f32"], exactly([outputs * group]), "plain")
    : undefined;
  const strides = attributes.strides ?? kernel.map(() => 1);
  const gaps = attributes.dilations ?? kernel.map(() => 1);
  const extra = kernel.map((_, i) => draw.int(0, strides[i]! - 1));
  const full = x.dims
    .slice(2)
    .map((dim, i) => (dim - 1) * strides[i]! + (kernel[i]! - 1) * gaps[i]! + 1);
  const how = draw.pick(["plain", "padding", "shape"] as const);
  const small = { ...attributes, pads: attributes.pads?.map(() => 0) };
  const shaped = {
    strides: attributes.strides,
    dilations: attributes.dilations,
    auto_pad: draw.pick(["NOTSET", "SAME_UPPER", "SAME_LOWER"]),
    output_shape: full.map((size) => Math.max(1, size - draw.int(0, 2))),
  };
  const padded = full.every((size, i) => {
    const total = (attributes.pads?.[i] ?? 0) + (attributes.pads?.[i + kernel.length] ?? 0);
    return size - total >= 1;
  });
  return {
    inputs: [x, w, bias],
    attributes: {
      ...(how === "shape" ? shaped : padded ? attributes : small),
      output_padding: how === "padding" ? extra : undefined,
      kernel_shape: maybe(draw, kernel),
      group: group === 1 ? maybe(draw, 1) : group,
    },
  };
};

const maxPool: Generator = (draw, schema) => {
  const x = draw.operand(schema.inputs[0]!.dtypes, image());
  const { kernel, attributes } = windowOf(draw, x.dims, schema);
  const indices = schema.outputs.length > 1 && draw.chance(0.5);
  return {
    inputs: [x],
    attributes: {
      ...attributes,
      kernel_shape: kernel,
      ceil_mode: schema.attributes.has("ceil_mode") ? maybe(draw, draw.int(0, 1)) : undefined,
      storage_order: schema.attributes.has("storage_order")
        ? maybe(draw, draw.int(0, 1))
        : undefined,
    },
    outputs: indices ? 2 : 1,
  };
};

/** With the attributes that this version has of those named. */
const pool =
  (extra: Readonly<Record<string, readonly number[]>>): Generator =>
  (draw, schema) => {
    const x = draw.operand(["f32"], image());
    const { kernel, attributes } = windowOf(draw, x.dims, schema);
    const more = Object.entries(extra).flatMap(([name, values]) =>
      schema.attributes.has(name) ? [[name, maybe(draw, draw.pick(values))] as const] : [],
    );
    return {
      inputs: [x],
      attributes: { ...attributes, kernel_shape: kernel, ...Object.fromEntries(more) },
    };
  };

const globalPool: Generator = (draw) => ({ inputs: [draw.operand(["f32"], image([1, 3], 1))] });

const globalLpPool: Generator = (draw) => ({
  inputs: [draw.operand(["f32"], image([1, 3], 1))],
  attributes: { p: maybe(draw, draw.int(1, 3)) },
});

const localResponseNorm: Generator = (draw) => ({
  inputs: [draw.operand(["f32"], image([2, 2], 1))],
  attributes: {
    size: draw.pick([1, 3, 5]),
    alpha: maybe(draw, float(draw.pick([0.5, 0.01]))),
    beta: maybe(draw, float(draw.pick([0.5, 1]))),
    bias: maybe(draw, float(draw.pick([2, 0.5]))),
  },
});

export const window: Readonly<Record<string, Generator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: pool({ count_include_pad: [0, 1], ceil_mode: [0, 1] }),
  LpPool: pool({ p: [1, 2, 3], ceil_mode: [0, 1] }),
  GlobalLpPool: globalLpPool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  LRN: localResponseNorm,
};
