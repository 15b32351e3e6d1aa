/** Networks for faces: BlazeFace's blocks, and landmarks whose trained weights hold numbers too small for a processor's fast path. */
import {
  add,
  block,
  cat,
  conv2d,
  flatten,
  linear,
  maxPool2d,
  model,
  pad,
  permute,
  prelu,
  relu,
  reshape,
  sequential,
  type Layer,
  type Value,
} from "tilewright";
import { constantTensor } from "../../../compiler/graph/constants.js";
import type { Constant, Definition } from "../../../compiler/graph/definition.js";
import { lazyCase } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** 5×5 depthwise, 1×1, and a shortcut that is pooled and widened by zeros (Bazarevsky et al. 2019). */
function blaze(inChannels: number, outChannels: number, stride: number): Layer {
  const layers = {
    depthwise: conv2d({
      inChannels,
      outChannels: inChannels,
      kernelSize: 5,
      stride,
      padding: 2,
      groups: inChannels,
    }),
    pointwise: conv2d({ inChannels, outChannels, kernelSize: 1 }),
    pool: maxPool2d({ kernelSize: 2 }),
  };
  return block(layers, (m, x) => {
    const shortcut: Value = stride === 2 ? m.pool(x) : x;
    const more = outChannels - inChannels;
    const wide: Value = more === 0 ? shortcut : pad(shortcut, [0, 0, 0, 0, 0, more, 0, 0]);
    return relu(add(m.pointwise(m.depthwise(x)), wide));
  });
}

function blazeFace() {
  const steps = [
    [24, 24, 1],
    [24, 28, 1],
    [28, 32, 2],
    [32, 36, 1],
    [36, 42, 1],
    [42, 48, 2],
    [48, 56, 1],
    [56, 64, 1],
    [64, 72, 1],
    [72, 80, 1],
    [80, 88, 1],
  ] as const;
  const stem = conv2d({ inChannels: 3, outChannels: 24, kernelSize: 5, stride: 2, padding: 2 });
  const layers = {
    near: sequential([
      stem,
      relu(),
      ...steps.map(([from, to, stride]) => blaze(from, to, stride)),
    ] as readonly Layer[]),
    far: sequential([
      blaze(88, 96, 2),
      ...Array.from({ length: 4 }, () => blaze(96, 96, 1)),
    ] as readonly Layer[]),
    nearBoxes: conv2d({ inChannels: 88, outChannels: 32, kernelSize: 1 }),
    farBoxes: conv2d({ inChannels: 96, outChannels: 96, kernelSize: 1 }),
  };
  return model("blazeface", { image: [1, 3, 128, 128] }, layers, (m, { image }) => {
    const near = m.near(image);
    const boxes = [m.nearBoxes(near), m.farBoxes(m.far(near))];
    return {
      boxes: cat(boxes.map((map) => reshape(permute(map, [0, 2, 3, 1]), [1, -1, 16]))),
    };
  });
}

/** 68 points by stride-2 convolutions with PReLU. */
function landmarks() {
  const widths = [3, 32, 64, 128, 256] as const;
  const convolutions = widths
    .slice(1)
    .flatMap((outChannels, i) => [
      conv2d({ inChannels: widths[i]!, outChannels, kernelSize: 3, stride: 2, padding: 1 }),
      prelu({ numParameters: outChannels }),
      conv2d({ inChannels: outChannels, outChannels, kernelSize: 3, padding: 1 }),
      prelu({ numParameters: outChannels }),
    ]);
  const layers = [...convolutions, flatten(), linear({ inFeatures: 256 * 49, outFeatures: 136 })];
  return model("landmarks", { image: [1, 3, 112, 112] }, sequential(layers as readonly Layer[]));
}

/** Two of three weights are what weight decay leaves of those that a ReLU cut off: some 1e-40. */
function decayed(definition: Definition): Definition {
  const constants = definition.constants.map((one): Constant => {
    if (one.type.dims.length < 2) return one;
    const values = Float32Array.from(constantTensor(one).data as Float32Array, (value, i) =>
      i % 3 === 0 ? value : value * 1e-38,
    );
    return { ...one, source: { kind: "data", data: values } };
  });
  return { ...definition, constants };
}

export const faces: readonly MakeCase[] = [
  lazyCase("BlazeFace 128²", () => blazeFace()),
  lazyCase("landmarks with subnormal weights", () => decayed(landmarks())),
];
