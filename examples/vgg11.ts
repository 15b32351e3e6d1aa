/** VGG-11 as torchvision defines it (Simonyan & Zisserman 2014, configuration A). */
import {
  adaptiveAvgPool2d,
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

const CONFIGURATION = [
  64,
  "pool",
  128,
  "pool",
  256,
  256,
  "pool",
  512,
  512,
  "pool",
  512,
  512,
  "pool",
] as const;

export function vgg11({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  let inChannels = 3;
  const features = CONFIGURATION.flatMap((one): Layer[] => {
    if (one === "pool") return [maxPool2d({ kernelSize: 2 })];
    const conv = conv2d({ inChannels, outChannels: c(one), kernelSize: 3, padding: 1 });
    inChannels = c(one);
    return [conv, relu()];
  });
  const classifier = sequential([
    linear({ inFeatures: c(512) * 49, outFeatures: c(4096) }),
    relu(),
    dropout(),
    linear({ inFeatures: c(4096), outFeatures: c(4096) }),
    relu(),
    dropout(),
    linear({ inFeatures: c(4096), outFeatures: classes }),
  ]);
  const layers = { features: sequential(features), avgpool: adaptiveAvgPool2d(7), classifier };
  return model("vgg11", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.avgpool(m.features(image)))),
  }));
}

export default vgg11();
