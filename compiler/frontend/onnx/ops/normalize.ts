/** How ONNX's normalisations are read: one row an op. */
import { z } from "zod";
import {
  flag,
  float,
  integer,
  integers,
  layer,
  refuse,
  reshape,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { scalar } from "./pointwise.js";

const epsilon = float.default(1e-5);

interface BatchNorm {
  readonly epsilon: number;
  readonly momentum: number;
  readonly spatial: boolean;
  readonly training_mode: boolean;
  readonly is_test: boolean;
}

const mean = (x: Value, axes: readonly number[]): Layer =>
  layer("reduceMean", [x], { axes, keepDims: true });
const inverseDeviation = (variance: Value, eps: number): Layer =>
  layer("reciprocal", [layer("sqrt", [layer("add", [variance, scalar(eps)])])]);

function batchNorm(site: Site<BatchNorm>): readonly Value[] {
  const { inputs, attributes, opset } = site;
  if (!attributes.spatial) {
    refuse("spatial 0 normalises every position by itself", "export with spatial 1");
  }
  if (opset < 7 && !attributes.is_test) {
    refuse("is_test 0 trains before opset 7", "export for inference, or set is_test to 1");
  }
  if (!attributes.training_mode)
    return [layer("batchNorm", inputs, { epsilon: attributes.epsilon })];
  return trainingBatchNorm(site);
}

/** Statistics of the batch itself, and what they make of the running ones. */
function trainingBatchNorm({ inputs, attributes }: Site<BatchNorm>): readonly Value[] {
  const [x, scale, bias, runningMean, runningVariance] = inputs;
  const maps = reshape(x!, 0, 0, -1);
  const average = mean(maps, [0, 2]);
  const centred = layer("sub", [maps, average]);
  const variance = mean(layer("mul", [centred, centred]), [0, 2]);
  const normal = layer("mul", [centred, inverseDeviation(variance, attributes.epsilon)]);
  const scaled = layer("mul", [normal, reshape(scale!, 1, -1, 1)]);
  const shifted = layer("add", [scaled, reshape(bias!, 1, -1, 1)]);
  const running = (before: Value, now: Value): Value =>
    layer("add", [
      layer("mul", [before, scalar(attributes.momentum)]),
      layer("mul", [reshape(now, -1), scalar(1 - attributes.momentum)]),
    ]);
  return [
    layer("reshape", [shifted, layer("shape", [x])]),
    running(runningMean!, average),
    running(runningVariance!, variance),
  ];
}

interface LayerNorm {
  readonly axis: number;
  readonly epsilon: number;
}

/** Mean and inverse deviation are layers of their own, where something reads them. */
function layerNorm({ inputs, attributes, used, type }: Site<LayerNorm>): (Value | undefined)[] {
  const { axis, epsilon: eps } = attributes;
  const normal = layer("layerNorm", inputs, { axis, epsilon: eps });
  if (used[1] !== true && used[2] !== true) return [normal];
  const rank = type(0).dims.length;
  const first = axis < 0 ? axis + rank : axis;
  const axes = Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);
  const average = mean(inputs[0]!, axes);
  const centred = layer("sub", [inputs[0], average]);
  const variance = mean(layer("mul", [centred, centred]), axes);
  return [normal, average, inverseDeviation(variance, eps)];
}

function rmsNorm({ inputs, attributes: { axis, epsilon: eps } }: Site<LayerNorm>): Value {
  return layer("rmsNorm", inputs, { axis, epsilon: eps });
}

interface GroupNorm {
  readonly num_groups: number;
  readonly epsilon: number;
}

/** Before opset 21 scale and bias are per group: groups become the channels of an instance norm. */
function groupNorm({ inputs, attributes, opset }: Site<GroupNorm>): Value {
  const [x, ...parameters] = inputs;
  const { num_groups: groups, epsilon: eps } = attributes;
  if (opset >= 21) return layer("groupNorm", inputs, { groups, epsilon: eps });
  const grouped = reshape(x!, 0, groups, -1);
  const normal = layer("instanceNorm", [grouped, ...parameters], { epsilon: eps });
  return layer("reshape", [normal, layer("shape", [x])]);
}

/** (x − mean) / (deviation + 1e-9), as the function in ONNX's own schema. */
function meanVarianceNorm({
  inputs: [x],
  attributes: { axes },
}: Site<{ axes: readonly number[] }>): Value {
  const centred = layer("sub", [x, mean(x!, axes)]);
  const deviation = layer("sqrt", [mean(layer("mul", [centred, centred]), axes)]);
  return layer("div", [centred, layer("add", [deviation, scalar(1e-9)])]);
}

const BATCH = ["epsilon", "momentum"] as const;

export const normalizeRows: Readonly<Record<string, Row>> = {
  BatchNormalization: row({
    inputs: "X scale B input_mean input_var",
    outputs: 3,
    attributes: {
      epsilon,
      momentum: float.default(0.9),
      spatial: flag.default(true),
      training_mode: flag.default(false),
      is_test: flag.default(false),
    },
    since: [
      [6, [...BATCH, "spatial", "is_test"]],
      [7, [...BATCH, "spatial"]],
      [9, BATCH],
      [14, [...BATCH, "training_mode"]],
      [15, [...BATCH, "training_mode"]],
    ],
    build: batchNorm,
  }),
  InstanceNormalization: row({
    inputs: "input scale B",
    attributes: { epsilon },
    since: [6, 22],
    build: ({ inputs, attributes }) => layer("instanceNorm", inputs, { ...attributes }),
  }),
  LayerNormalization: row({
    inputs: "X Scale B?",
    outputs: 3,
    attributes: { axis: integer.default(-1), epsilon, stash_type: integer.optional() },
    // onnxruntime's optimiser writes it in models of older opsets
    since: [1, 17],
    build: layerNorm,
  }),
  // of onnxruntime, in ONNX's own domain
  SimplifiedLayerNormalization: row({
    inputs: "X scale",
    attributes: { axis: integer.default(-1), epsilon, stash_type: integer.optional() },
    since: [1],
    build: rmsNorm,
  }),
  RMSNormalization: row({
    inputs: "X scale",
    attributes: { axis: integer.default(-1), epsilon, stash_type: integer.optional() },
    since: [23],
    build: rmsNorm,
  }),
  MeanVarianceNormalization: row({
    inputs: "X",
    attributes: { axes: integers.default([0, 2, 3]) },
    since: [9, 13],
    build: meanVarianceNorm,
  }),
  LpNormalization: row({
    inputs: "input",
    attributes: { axis: integer.default(-1), p: z.union([z.literal(1), z.literal(2)]).default(2) },
    since: [1, 22],
    build: ({ inputs: [x], attributes: { axis, p } }) => {
      const norm = layer(p === 1 ? "reduceL1" : "reduceL2", [x], { axes: [axis] });
      // 0 / 0 is 0, as ONNX says
      const divisor = layer("where", [layer("equal", [norm, scalar(0)]), scalar(1), norm]);
      return layer("div", [x, divisor]);
    },
  }),
  GroupNormalization: row({
    inputs: "X scale bias",
    attributes: { num_groups: integer, epsilon, stash_type: integer.optional() },
    since: [[18, ["epsilon", "num_groups"]], 21],
    build: groupNorm,
  }),
};
