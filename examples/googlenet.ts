/** GoogLeNet at inference as torchvision defines it (Szegedy et al. 2014, with batch norm, without auxiliary heads). */
import {
  adaptiveAvgPool2d,
  batchNorm2d,
  block,
  cat,
  conv2d,
  dropout,
  flatten,
  linear,
  maxPool2d,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

function basicConv(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride = 1,
  padding = 0,
): Layer {
  return block(
    {
      conv: conv2d({ inChannels, outChannels, kernelSize, stride, padding, bias: false }),
      bn: batchNorm2d({ numFeatures: outChannels, eps: 1e-3 }),
    },
    (m, x) => relu(m.bn(m.conv(x))),
  );
}

/** Channels of an inception block: 1×1, 3×3 reduced and full, "5×5" (3×3 in torchvision) reduced and full, pool. */
type Widths = readonly [number, number, number, number, number, number];

function inception(inChannels: number, [one, red3, three, red5, five, pooled]: Widths): Layer {
  const pool = maxPool2d({ kernelSize: 3, stride: 1, padding: 1, ceilMode: true });
  return block(
    {
      branch1: basicConv(inChannels, one, 1),
      branch2: sequential([basicConv(inChannels, red3, 1), basicConv(red3, three, 3, 1, 1)]),
      branch3: sequential([basicConv(inChannels, red5, 1), basicConv(red5, five, 3, 1, 1)]),
      branch4: sequential([pool, basicConv(inChannels, pooled, 1)]),
    },
    (m, x) => cat([m.branch1(x), m.branch2(x), m.branch3(x), m.branch4(x)]),
  );
}

const BLOCKS: Readonly<Record<string, Widths>> = {
  inception3a: [64, 96, 128, 16, 32, 32],
  inception3b: [128, 128, 192, 32, 96, 64],
  inception4a: [192, 96, 208, 16, 48, 64],
  inception4b: [160, 112, 224, 24, 64, 64],
  inception4c: [128, 128, 256, 24, 64, 64],
  inception4d: [112, 144, 288, 32, 64, 64],
  inception4e: [256, 160, 320, 32, 128, 128],
  inception5a: [256, 160, 320, 32, 128, 128],
  inception5b: [384, 192, 384, 48, 128, 128],
};

export function googlenet({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const pool = maxPool2d({ kernelSize: 3, stride: 2, ceilMode: true });
  let channels = c(192);
  const inceptions = Object.entries(BLOCKS).map(([name, widths]): readonly [string, Layer] => {
    const narrow = widths.map(c) as unknown as Widths;
    const made = inception(channels, narrow);
    channels = narrow[0] + narrow[2] + narrow[4] + narrow[5];
    return [name, made];
  });
  const layers: Readonly<Record<string, Layer>> = {
    conv1: basicConv(3, c(64), 7, 2, 3),
    maxpool1: pool,
    conv2: basicConv(c(64), c(64), 1),
    conv3: basicConv(c(64), c(192), 3, 1, 1),
    maxpool2: pool,
    ...Object.fromEntries(inceptions.slice(0, 2)),
    maxpool3: pool,
    ...Object.fromEntries(inceptions.slice(2, 7)),
    maxpool4: maxPool2d({ kernelSize: 2, stride: 2, ceilMode: true }),
    ...Object.fromEntries(inceptions.slice(7)),
    avgpool: adaptiveAvgPool2d(1),
  };
  const head = { dropout: dropout(), fc: linear({ inFeatures: channels, outFeatures: classes }) };
  const all: Readonly<Record<string, Layer>> = { ...layers, ...head };
  return model("googlenet", { image: [1, 3, size, size] }, all, (m, { image }) => {
    const features = Object.keys(layers).reduce((x, name) => m[name]!(x), image);
    return { logits: m.fc!(m.dropout!(flatten(features))) };
  });
}

export default googlenet();
