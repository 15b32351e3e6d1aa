/** DenseNet-121 as torchvision defines it (Huang et al. 2016): every layer sees all maps before it in its block. */
import {
  adaptiveAvgPool2d,
  avgPool2d,
  batchNorm2d,
  block,
  cat,
  conv2d,
  flatten,
  linear,
  maxPool2d,
  model,
  relu,
  type Layer,
  type Value,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

/** Batch norm and ReLU come before each convolution; 1×1 to four times the growth, then 3×3. */
function denseLayer(inChannels: number, growth: number): Layer {
  const inner = 4 * growth;
  return block(
    {
      norm1: batchNorm2d({ numFeatures: inChannels }),
      relu1: relu(),
      conv1: conv2d({ inChannels, outChannels: inner, kernelSize: 1, bias: false }),
      norm2: batchNorm2d({ numFeatures: inner }),
      relu2: relu(),
      conv2: conv2d({
        inChannels: inner,
        outChannels: growth,
        kernelSize: 3,
        padding: 1,
        bias: false,
      }),
    },
    (m, x) => m.conv2(m.relu2(m.norm2(m.conv1(m.relu1(m.norm1(x)))))),
  );
}

function denseBlock(depth: number, inChannels: number, growth: number): Layer {
  const layers = Array.from({ length: depth }, (_, i): readonly [string, Layer] => [
    `denselayer${i + 1}`,
    denseLayer(inChannels + i * growth, growth),
  ]);
  return block(Object.fromEntries(layers), (m, x) => {
    const features: Value[] = [x];
    for (const [name] of layers) features.push(m[name]!(features.length === 1 ? x : cat(features)));
    return cat(features);
  });
}

function transition(inChannels: number, outChannels: number): Layer {
  return block(
    {
      norm: batchNorm2d({ numFeatures: inChannels }),
      relu: relu(),
      conv: conv2d({ inChannels, outChannels, kernelSize: 1, bias: false }),
      pool: avgPool2d({ kernelSize: 2, stride: 2 }),
    },
    (m, x) => m.pool(m.conv(m.relu(m.norm(x)))),
  );
}

const DEPTHS = [6, 12, 24, 16];

export function densenet121({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const growth = scaled(32, width);
  let channels = scaled(64, width);
  const features: Record<string, Layer> = {
    conv0: conv2d({
      inChannels: 3,
      outChannels: channels,
      kernelSize: 7,
      stride: 2,
      padding: 3,
      bias: false,
    }),
    norm0: batchNorm2d({ numFeatures: channels }),
    relu0: relu(),
    pool0: maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
  };
  DEPTHS.forEach((depth, i) => {
    features[`denseblock${i + 1}`] = denseBlock(depth, channels, growth);
    channels += depth * growth;
    if (i === DEPTHS.length - 1) return;
    features[`transition${i + 1}`] = transition(channels, Math.floor(channels / 2));
    channels = Math.floor(channels / 2);
  });
  features["norm5"] = batchNorm2d({ numFeatures: channels });
  const layers = {
    features: block(features, (m, x) =>
      Object.keys(features).reduce<Value>((value, name) => m[name]!(value), x),
    ),
    relu: relu(),
    avgpool: adaptiveAvgPool2d(1),
    classifier: linear({ inFeatures: channels, outFeatures: classes }),
  };
  return model("densenet121", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.avgpool(m.relu(m.features(image))))),
  }));
}

export default densenet121();
