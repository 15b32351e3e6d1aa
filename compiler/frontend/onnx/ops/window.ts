/** How ONNX's convolutions and pools are read: one row an op. */
import { z } from "zod";
import type { Attributes } from "../../../graph/definition.js";
import { sameDims } from "../../../base/tensor.js";
import {
  flag,
  float,
  integer,
  integers,
  layer,
  refuse,
  row,
  same,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { castTo } from "./pointwise.js";

const AUTO_PADS = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] as const;

export const WINDOW = {
  auto_pad: z.enum(AUTO_PADS).default("NOTSET"),
  dilations: integers.optional(),
  kernel_shape: integers.optional(),
  pads: integers.optional(),
  strides: integers.optional(),
};

export interface Window {
  readonly auto_pad: (typeof AUTO_PADS)[number];
  readonly dilations?: readonly number[] | undefined;
  readonly kernel_shape?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
}

export function windowOf({ auto_pad, dilations, pads, strides }: Window): Attributes {
  return { strides, dilations, pads: padsOf(auto_pad, pads) };
}

function padsOf(rule: Window["auto_pad"], pads: Window["pads"]): Attributes[string] {
  switch (rule) {
    case "NOTSET":
      return pads;
    case "VALID":
      return "valid";
    case "SAME_UPPER":
      return "sameUpper";
    case "SAME_LOWER":
      return "sameLower";
    default:
      return rule satisfies never;
  }
}

/** Weights say how large the kernel is; what else says so must agree. */
function checkKernel({ attributes, constantType }: Site<Window>): void {
  const { kernel_shape: named } = attributes;
  const weights = constantType(1)?.dims;
  if (named === undefined || weights === undefined || sameDims(named, weights.slice(2))) return;
  const message = `kernel_shape [${named.join(",")}] of weights [${weights.join(",")}]`;
  refuse(message, undefined, "shape-mismatch");
}

export function conv(site: Site<Window & { group: number }>): Value {
  checkKernel(site);
  const { attributes } = site;
  return layer("conv", site.inputs, { ...windowOf(attributes), groups: attributes.group });
}

interface ConvTranspose extends Window {
  readonly group: number;
  readonly output_padding?: readonly number[] | undefined;
  readonly output_shape?: readonly number[] | undefined;
}

/** Some exporters write the shape of the whole output, not of its spatial dims alone. */
function convTranspose(site: Site<ConvTranspose>): Value {
  checkKernel(site);
  const { attributes, constantType } = site;
  const { group: groups, output_padding: outputPads, output_shape: shape } = attributes;
  const rank = (constantType(1)?.dims.length ?? site.type(1).dims.length) - 2;
  return layer("convTranspose", site.inputs, {
    ...windowOf(attributes),
    outputPads,
    outputShape: shape?.slice(-rank),
    groups,
  });
}

interface MaxPool extends Window {
  readonly ceil_mode: boolean;
  readonly storage_order: boolean;
}

/** The maxima and where they stand are two layers. */
function maxPool({ inputs, attributes, used }: Site<MaxPool>): readonly (Value | undefined)[] {
  const pool = {
    kernel: kernelOf(attributes),
    ...windowOf(attributes),
    ceilMode: attributes.ceil_mode,
  };
  const at = { ...pool, columnMajor: attributes.storage_order };
  return [
    layer("maxPool", inputs, pool),
    used[1] ? castTo("i64", layer("maxPoolIndices", inputs, at)) : undefined,
  ];
}

export function kernelOf({ kernel_shape }: Window): readonly number[] {
  return kernel_shape ?? refuse("attribute kernel_shape is missing", undefined, "bad-attribute");
}

function averagePool({
  inputs,
  attributes,
}: Site<Window & { ceil_mode: boolean; count_include_pad: boolean }>): Value {
  return layer("averagePool", inputs, {
    kernel: kernelOf(attributes),
    ...windowOf(attributes),
    ceilMode: attributes.ceil_mode,
    countIncludePad: attributes.count_include_pad,
  });
}

const POOL = {
  ...WINDOW,
  ceil_mode: flag.default(false),
  count_include_pad: flag.default(false),
};
const AVERAGE_1 = ["auto_pad", "kernel_shape", "pads", "strides"] as const;
const LP_2 = [...AVERAGE_1, "p"] as const;
const MAX_8 = [...AVERAGE_1, "storage_order"] as const;
const AVERAGE_7 = ["auto_pad", "count_include_pad", "kernel_shape", "pads", "strides"] as const;

export const windowRows: Readonly<Record<string, Row>> = {
  Conv: row({
    inputs: "X W B?",
    attributes: { ...WINDOW, group: integer.default(1) },
    since: [1, 11, 22],
    build: conv,
  }),
  ConvTranspose: row({
    inputs: "X W B?",
    attributes: {
      ...WINDOW,
      group: integer.default(1),
      output_padding: integers.optional(),
      output_shape: integers.optional(),
    },
    since: [1, 11, 22],
    build: convTranspose,
  }),
  MaxPool: row({
    inputs: "X",
    outputs: 2,
    attributes: { ...WINDOW, ceil_mode: flag.default(false), storage_order: flag.default(false) },
    since: [[1, AVERAGE_1], [8, MAX_8], 10, 11, 12, 22],
    build: maxPool,
  }),
  AveragePool: row({
    inputs: "X",
    attributes: POOL,
    since: [
      [1, AVERAGE_1],
      [7, AVERAGE_7],
      [10, [...AVERAGE_7, "ceil_mode"]],
      [11, [...AVERAGE_7, "ceil_mode"]],
      19,
      22,
    ],
    build: averagePool,
  }),
  LpPool: row({
    inputs: "X",
    attributes: { ...WINDOW, ceil_mode: flag.default(false), p: integer.default(2) },
    since: [[2, LP_2], [11, LP_2], 18, 22],
    build: ({ inputs, attributes }) =>
      layer("lpPool", inputs, {
        kernel: kernelOf(attributes),
        ...windowOf(attributes),
        ceilMode: attributes.ceil_mode,
        p: attributes.p,
      }),
  }),
  GlobalLpPool: row({
    inputs: "X",
    attributes: { p: integer.default(2) },
    since: [2, 22],
    build: ({ inputs, attributes: { p }, type }) =>
      layer("lpPool", inputs, { kernel: type(0).dims.slice(2), p }),
  }),
  GlobalAveragePool: row({ inputs: "X", since: [1, 22], build: same("globalAveragePool") }),
  GlobalMaxPool: row({ inputs: "X", since: [1, 22], build: same("globalMaxPool") }),
  LRN: row({
    inputs: "X",
    attributes: {
      size: integer,
      alpha: float.default(0.0001),
      beta: float.default(0.75),
      bias: float.default(1),
    },
    since: [1, 13],
    build: same("localResponseNorm"),
  }),
};
