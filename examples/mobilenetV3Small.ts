/** MobileNetV3-small as torchvision defines it (Howard et al. 2019): hard-swish, squeeze and excitation. */
import {
  adaptiveAvgPool2d,
  add,
  block,
  dropout,
  flatten,
  hardsigmoid,
  hardswish,
  linear,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { convNormActivation, squeezeExcitation } from "./layers.js";
import { multipleOf8, scaled, type NetworkOptions } from "./options.js";

const eps = 1e-3;

interface Stage {
  readonly kernelSize: number;
  readonly expanded: number;
  readonly channels: number;
  readonly squeeze: boolean;
  readonly hardSwish: boolean;
  readonly stride: number;
}

function stage(
  kernelSize: number,
  expanded: number,
  channels: number,
  squeeze: boolean,
  hardSwish: boolean,
  stride: number,
): Stage {
  return { kernelSize, expanded, channels, squeeze, hardSwish, stride };
}

const STAGES: readonly Stage[] = [
  stage(3, 16, 16, true, false, 2),
  stage(3, 72, 24, false, false, 2),
  stage(3, 88, 24, false, false, 1),
  stage(5, 96, 40, true, true, 2),
  stage(5, 240, 40, true, true, 1),
  stage(5, 240, 40, true, true, 1),
  stage(5, 120, 48, true, true, 1),
  stage(5, 144, 48, true, true, 1),
  stage(5, 288, 96, true, true, 2),
  stage(5, 576, 96, true, true, 1),
  stage(5, 576, 96, true, true, 1),
];

function invertedResidual(
  inChannels: number,
  { kernelSize, expanded, channels, squeeze, hardSwish, stride }: Stage,
): Layer {
  const activation = hardSwish ? hardswish() : relu();
  const wide = { outChannels: expanded, eps, activation };
  const layers = [
    ...(expanded === inChannels
      ? []
      : [convNormActivation({ ...wide, inChannels, kernelSize: 1 })]),
    convNormActivation({ ...wide, inChannels: expanded, kernelSize, stride, groups: expanded }),
    ...(squeeze
      ? [squeezeExcitation(expanded, multipleOf8(expanded / 4), relu(), hardsigmoid())]
      : []),
    convNormActivation({ inChannels: expanded, outChannels: channels, kernelSize: 1, eps }),
  ];
  const residual = stride === 1 && inChannels === channels;
  return block({ block: sequential(layers) }, (m, x) =>
    residual ? add(m.block(x), x) : m.block(x),
  );
}

export function mobilenetV3Small({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const activation = hardswish();
  let inChannels = c(16);
  const blocks = STAGES.map((one) => {
    const narrow = { ...one, expanded: c(one.expanded), channels: c(one.channels) };
    const made = invertedResidual(inChannels, narrow);
    inChannels = narrow.channels;
    return made;
  });
  const last = 6 * inChannels;
  const features = sequential([
    convNormActivation({ inChannels: 3, outChannels: c(16), stride: 2, eps, activation }),
    ...blocks,
    convNormActivation({ inChannels, outChannels: last, kernelSize: 1, eps, activation }),
  ] as readonly Layer[]);
  const classifier = sequential([
    linear({ inFeatures: last, outFeatures: c(1024) }),
    hardswish(),
    dropout(),
    linear({ inFeatures: c(1024), outFeatures: classes }),
  ]);
  const layers = { features, avgpool: adaptiveAvgPool2d(1), classifier };
  return model("mobilenet_v3_small", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.avgpool(m.features(image)))),
  }));
}

export default mobilenetV3Small();
