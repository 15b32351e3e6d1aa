/** SqueezeNet 1.1 as torchvision defines it (Iandola et al. 2016). */
import {
  adaptiveAvgPool2d,
  block,
  cat,
  conv2d,
  dropout,
  flatten,
  maxPool2d,
  model,
  relu,
  sequential,
  type Layer,
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

function fire(inChannels: number, squeezed: number, expanded: number): Layer {
  return block(
    {
      squeeze: conv2d({ inChannels, outChannels: squeezed, kernelSize: 1 }),
      expand1x1: conv2d({ inChannels: squeezed, outChannels: expanded, kernelSize: 1 }),
      expand3x3: conv2d({ inChannels: squeezed, outChannels: expanded, kernelSize: 3, padding: 1 }),
    },
    (m, x) => {
      const narrow = relu(m.squeeze(x));
      return cat([relu(m.expand1x1(narrow)), relu(m.expand3x3(narrow))]);
    },
  );
}

export function squeezenet1_1({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const pool = maxPool2d({ kernelSize: 3, stride: 2, ceilMode: true });
  const wide = (channels: number): number => 2 * c(channels);
  const features = sequential([
    conv2d({ inChannels: 3, outChannels: c(64), kernelSize: 3, stride: 2 }),
    relu(),
    pool,
    fire(c(64), c(16), c(64)),
    fire(wide(64), c(16), c(64)),
    pool,
    fire(wide(64), c(32), c(128)),
    fire(wide(128), c(32), c(128)),
    pool,
    fire(wide(128), c(48), c(192)),
    fire(wide(192), c(48), c(192)),
    fire(wide(192), c(64), c(256)),
    fire(wide(256), c(64), c(256)),
  ]);
  const classifier = sequential([
    dropout(),
    conv2d({ inChannels: wide(256), outChannels: classes, kernelSize: 1 }),
    relu(),
    adaptiveAvgPool2d(1),
  ]);
  return model(
    "squeezenet1_1",
    { image: [1, 3, size, size] },
    { features, classifier },
    (m, { image }) => ({
      logits: flatten(m.classifier(m.features(image))),
    }),
  );
}

export default squeezenet1_1();
