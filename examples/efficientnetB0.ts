/** EfficientNet-B0 as torchvision defines it (Tan & Le 2019): inverted residuals with SiLU, squeeze and excitation. */
import {
  adaptiveAvgPool2d,
  add,
  block,
  dropout,
  flatten,
  linear,
  model,
  sequential,
  sigmoid,
  silu,
  type Layer,
} from "tilewright";
import { convNormActivation, squeezeExcitation } from "./layers.js";
import { scaled, type NetworkOptions } from "./options.js";

function invertedResidual(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride: number,
  expansion: number,
): Layer {
  const hidden = inChannels * expansion;
  const squeezed = Math.max(1, Math.floor(inChannels / 4));
  const wide = { outChannels: hidden, activation: silu() };
  const layers = [
    ...(expansion === 1 ? [] : [convNormActivation({ ...wide, inChannels, kernelSize: 1 })]),
    convNormActivation({ ...wide, inChannels: hidden, kernelSize, stride, groups: hidden }),
    squeezeExcitation(hidden, squeezed, silu(), sigmoid()),
    convNormActivation({ inChannels: hidden, outChannels, kernelSize: 1 }),
  ];
  const residual = stride === 1 && inChannels === outChannels;
  return block({ block: sequential(layers) }, (m, x) =>
    residual ? add(m.block(x), x) : m.block(x),
  );
}

/** Expansion, kernel, stride of the first, channels, repeats. */
const STAGES = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;

export function efficientnetB0({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const stem = scaled(32, width);
  let inChannels = stem;
  const stages = STAGES.map(([expansion, kernelSize, stride, channels, repeats]) => {
    const outChannels = scaled(channels, width);
    const blocks = Array.from({ length: repeats }, (_, i) => {
      const first = i === 0;
      const made = invertedResidual(
        first ? inChannels : outChannels,
        outChannels,
        kernelSize,
        first ? stride : 1,
        expansion,
      );
      return made;
    });
    inChannels = outChannels;
    return sequential(blocks);
  });
  const last = 4 * inChannels;
  const activation = silu();
  const layers = {
    features: sequential([
      convNormActivation({ inChannels: 3, outChannels: stem, stride: 2, activation }),
      ...stages,
      convNormActivation({ inChannels, outChannels: last, kernelSize: 1, activation }),
    ] as readonly Layer[]),
    avgpool: adaptiveAvgPool2d(1),
    classifier: sequential([dropout(), linear({ inFeatures: last, outFeatures: classes })]),
  };
  return model("efficientnet_b0", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.avgpool(m.features(image)))),
  }));
}

export default efficientnetB0();
