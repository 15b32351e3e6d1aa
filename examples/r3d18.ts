/** R3D-18 as torchvision defines it (Tran et al. 2017): a ResNet-18 whose convolutions also run over time. */
import {
  adaptiveAvgPool3d,
  add,
  batchNorm3d,
  block,
  conv3d,
  flatten,
  linear,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

function conv(inChannels: number, outChannels: number, stride: number): Layer {
  return conv3d({ inChannels, outChannels, kernelSize: 3, stride, padding: 1, bias: false });
}

/** The shortcut: itself, or a strided 1×1×1 convolution where shapes change. */
function shortcut(inChannels: number, outChannels: number, stride: number): Layer {
  if (stride === 1 && inChannels === outChannels) return sequential([]);
  return sequential([
    conv3d({ inChannels, outChannels, kernelSize: 1, stride, bias: false }),
    batchNorm3d({ numFeatures: outChannels }),
  ]);
}

function basicBlock(inChannels: number, channels: number, stride: number): Layer {
  const norm = batchNorm3d({ numFeatures: channels });
  return block(
    {
      conv1: sequential([conv(inChannels, channels, stride), norm, relu()] as readonly Layer[]),
      conv2: sequential([conv(channels, channels, 1), norm] as readonly Layer[]),
      downsample: shortcut(inChannels, channels, stride),
    },
    (m, x) => relu(add(m.conv2(m.conv1(x)), m.downsample(x))),
  );
}

export interface VideoOptions extends NetworkOptions {
  readonly frames?: number;
}

export function r3d18({ width = 1, size = 112, frames = 16, classes = 400 }: VideoOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const stage = (inChannels: number, channels: number, stride: number): Layer =>
    sequential([basicBlock(inChannels, channels, stride), basicBlock(channels, channels, 1)]);
  const stem = sequential([
    conv3d({
      inChannels: 3,
      outChannels: c(64),
      kernelSize: [3, 7, 7],
      stride: [1, 2, 2],
      padding: [1, 3, 3],
      bias: false,
    }),
    batchNorm3d({ numFeatures: c(64) }),
    relu(),
  ]);
  const layers = {
    stem,
    layer1: stage(c(64), c(64), 1),
    layer2: stage(c(64), c(128), 2),
    layer3: stage(c(128), c(256), 2),
    layer4: stage(c(256), c(512), 2),
    avgpool: adaptiveAvgPool3d(1),
    fc: linear({ inFeatures: c(512), outFeatures: classes }),
  };
  return model("r3d_18", { video: [1, 3, frames, size, size] }, layers, (m, { video }) => {
    const features = m.layer4(m.layer3(m.layer2(m.layer1(m.stem(video)))));
    return { logits: m.fc(flatten(m.avgpool(features))) };
  });
}

export default r3d18();
