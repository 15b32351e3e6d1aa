/** ShuffleNetV2 ×1.0 as torchvision defines it (Ma et al. 2018): half the channels pass by, then all are shuffled. */
import {
  batchNorm2d,
  block,
  cat,
  chunk,
  conv2d,
  linear,
  maxPool2d,
  mean,
  model,
  permute,
  relu,
  reshape,
  sequential,
  type Layer,
  type Value,
} from "tilewright";
import { convNormActivation } from "./layers.js";
import { scaled, type NetworkOptions } from "./options.js";

/** [n, 2·c, h, w] => the same with the channels of both halves taken in turn. */
function channelShuffle(x: Value, channels: number, size: number): Value<never> {
  const halves = reshape(x, [0, 2, channels / 2, size, size]);
  return reshape(permute(halves, [0, 2, 1, 3, 4]), [0, channels, size, size]);
}

/** 3×3 depthwise convolution and norm, then 1×1 convolution, norm and ReLU: layers of torchvision's branches. */
function depthwiseThenPointwise(inChannels: number, outChannels: number, stride: number): Layer[] {
  return [
    conv2d({
      inChannels,
      outChannels: inChannels,
      kernelSize: 3,
      stride,
      padding: 1,
      groups: inChannels,
      bias: false,
    }),
    batchNorm2d({ numFeatures: inChannels }),
    ...pointwise(inChannels, outChannels),
  ];
}

function pointwise(inChannels: number, outChannels: number): Layer[] {
  return [
    conv2d({ inChannels, outChannels, kernelSize: 1, bias: false }),
    batchNorm2d({ numFeatures: outChannels }),
    relu(),
  ];
}

/** A block that halves the map: both branches see all channels. `size` is that of its output. */
function downsampling(inChannels: number, outChannels: number, size: number): Layer {
  const half = outChannels / 2;
  return block(
    {
      branch1: sequential(depthwiseThenPointwise(inChannels, half, 2)),
      branch2: sequential([
        ...pointwise(inChannels, half),
        ...depthwiseThenPointwise(half, half, 2),
      ]),
    },
    (m, x) => channelShuffle(cat([m.branch1(x), m.branch2(x)]), outChannels, size),
  );
}

/** A block that keeps the map: one half of the channels goes through the branch. */
function passing(channels: number, size: number): Layer {
  const half = channels / 2;
  return block(
    { branch2: sequential([...pointwise(half, half), ...depthwiseThenPointwise(half, half, 1)]) },
    (m, x) => {
      const [kept, changed] = chunk(x, 2, 1);
      return channelShuffle(cat([kept!, m.branch2(changed!)]), channels, size);
    },
  );
}

/** Channels and repeats. */
const STAGES = [
  [116, 4],
  [232, 8],
  [464, 4],
] as const;

export function shufflenetV2({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const halved = (extent: number): number => Math.ceil(extent / 2);
  const even = (channels: number): number => 2 * scaled(channels / 2, width);
  let inChannels = scaled(24, width);
  let extent = halved(halved(size));
  const stem = inChannels;
  const stages = STAGES.map(([channels, repeats]) => {
    const outChannels = even(channels);
    extent = halved(extent);
    const first = downsampling(inChannels, outChannels, extent);
    inChannels = outChannels;
    const rest = Array.from({ length: repeats - 1 }, () => passing(outChannels, extent));
    return sequential([first, ...rest]);
  });
  const last = scaled(1024, width);
  const layers = {
    conv1: convNormActivation({ inChannels: 3, outChannels: stem, stride: 2, activation: relu() }),
    maxpool: maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    stage2: stages[0]!,
    stage3: stages[1]!,
    stage4: stages[2]!,
    conv5: sequential(pointwise(inChannels, last)),
    fc: linear({ inFeatures: last, outFeatures: classes }),
  };
  return model("shufflenet_v2_x1_0", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const stem = m.maxpool(m.conv1(image));
    const features = m.conv5(m.stage4(m.stage3(m.stage2(stem))));
    return { logits: m.fc(mean(features, { dim: [2, 3] })) };
  });
}

export default shufflenetV2();
