/** MobileNetV2 as torchvision defines it (Sandler et al. 2018): inverted residuals around depthwise convolutions. */
import {
  adaptiveAvgPool2d,
  add,
  batchNorm2d,
  block,
  conv2d,
  dropout,
  flatten,
  linear,
  model,
  relu6,
  sequential,
  type Layer,
} from "tilewright";
import { convNormActivation } from "./layers.js";
import { scaled, type NetworkOptions } from "./options.js";

function invertedResidual(
  inChannels: number,
  outChannels: number,
  stride: number,
  expansion: number,
): Layer {
  const hidden = inChannels * expansion;
  const activation = relu6();
  const expand = { inChannels, outChannels: hidden, kernelSize: 1, activation };
  const depthwise = { inChannels: hidden, outChannels: hidden, stride, groups: hidden, activation };
  const conv = sequential([
    ...(expansion === 1 ? [] : [convNormActivation(expand)]),
    convNormActivation(depthwise),
    conv2d({ inChannels: hidden, outChannels, kernelSize: 1, bias: false }),
    batchNorm2d({ numFeatures: outChannels }),
  ] as readonly Layer[]);
  const residual = stride === 1 && inChannels === outChannels;
  return block({ conv }, (m, x) => (residual ? add(x, m.conv(x)) : m.conv(x)));
}

/** Expansion, channels, repeats, stride of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

export function mobilenetV2({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const stem = scaled(32, width);
  let inChannels = stem;
  const blocks = STAGES.flatMap(([expansion, channels, repeats, stride]) =>
    Array.from({ length: repeats }, (_, i) => {
      const outChannels = scaled(channels, width);
      const made = invertedResidual(inChannels, outChannels, i === 0 ? stride : 1, expansion);
      inChannels = outChannels;
      return made;
    }),
  );
  const last = scaled(1280, width);
  const activation = relu6();
  const layers = {
    features: sequential([
      convNormActivation({ inChannels: 3, outChannels: stem, stride: 2, activation }),
      ...blocks,
      convNormActivation({ inChannels, outChannels: last, kernelSize: 1, activation }),
    ] as readonly Layer[]),
    pool: adaptiveAvgPool2d(1),
    classifier: sequential([dropout(), linear({ inFeatures: last, outFeatures: classes })]),
  };
  return model("mobilenet_v2", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.pool(m.features(image)))),
  }));
}

export default mobilenetV2();
