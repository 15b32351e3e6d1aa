/** ResNets as torchvision defines them (He et al. 2015, "v1.5": the stride is on the 3×3 convolution). */
import {
  adaptiveAvgPool2d,
  add,
  batchNorm2d,
  block,
  conv2d,
  flatten,
  linear,
  maxPool2d,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

function conv(inChannels: number, outChannels: number, kernelSize: number, stride = 1): Layer {
  return conv2d({
    inChannels,
    outChannels,
    kernelSize,
    stride,
    padding: (kernelSize - 1) / 2,
    bias: false,
  });
}

/** The shortcut: itself, or a strided 1×1 convolution where shapes change. */
function shortcut(inChannels: number, outChannels: number, stride: number): Layer {
  if (stride === 1 && inChannels === outChannels) return sequential([]);
  return sequential([
    conv(inChannels, outChannels, 1, stride),
    batchNorm2d({ numFeatures: outChannels }),
  ]);
}

function basicBlock(inChannels: number, channels: number, stride: number): Layer {
  return block(
    {
      conv1: conv(inChannels, channels, 3, stride),
      bn1: batchNorm2d({ numFeatures: channels }),
      conv2: conv(channels, channels, 3),
      bn2: batchNorm2d({ numFeatures: channels }),
      downsample: shortcut(inChannels, channels, stride),
    },
    (m, x) => {
      const inner = m.bn2(m.conv2(relu(m.bn1(m.conv1(x)))));
      return relu(add(inner, m.downsample(x)));
    },
  );
}

function bottleneck(inChannels: number, channels: number, stride: number): Layer {
  return block(
    {
      conv1: conv(inChannels, channels, 1),
      bn1: batchNorm2d({ numFeatures: channels }),
      conv2: conv(channels, channels, 3, stride),
      bn2: batchNorm2d({ numFeatures: channels }),
      conv3: conv(channels, 4 * channels, 1),
      bn3: batchNorm2d({ numFeatures: 4 * channels }),
      downsample: shortcut(inChannels, 4 * channels, stride),
    },
    (m, x) => {
      const inner = relu(m.bn2(m.conv2(relu(m.bn1(m.conv1(x))))));
      return relu(add(m.bn3(m.conv3(inner)), m.downsample(x)));
    },
  );
}

/** A ResNet of `depths` blocks a stage; `expansion` is how much wider a block's output is than its inside. */
export function resnet(
  name: string,
  depths: readonly number[],
  kind: "basic" | "bottleneck",
  { width = 1, size = 224, classes = 1000 }: NetworkOptions = {},
) {
  const expansion = kind === "basic" ? 1 : 4;
  const make = kind === "basic" ? basicBlock : bottleneck;
  let inChannels = scaled(64, width);
  const stem = inChannels;
  const stages = depths.map((depth, stage) => {
    const channels = scaled(64 * 2 ** stage, width);
    const blocks = Array.from({ length: depth }, (_, i) => {
      const made = make(inChannels, channels, stage > 0 && i === 0 ? 2 : 1);
      inChannels = channels * expansion;
      return made;
    });
    return sequential(blocks);
  });
  const layers = {
    conv1: conv2d({
      inChannels: 3,
      outChannels: stem,
      kernelSize: 7,
      stride: 2,
      padding: 3,
      bias: false,
    }),
    bn1: batchNorm2d({ numFeatures: stem }),
    maxpool: maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
    layer1: stages[0]!,
    layer2: stages[1]!,
    layer3: stages[2]!,
    layer4: stages[3]!,
    avgpool: adaptiveAvgPool2d(1),
    fc: linear({ inFeatures: inChannels, outFeatures: classes }),
  };
  return model(name, { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const stem = m.maxpool(relu(m.bn1(m.conv1(image))));
    const features = m.layer4(m.layer3(m.layer2(m.layer1(stem))));
    return { logits: m.fc(flatten(m.avgpool(features))) };
  });
}
