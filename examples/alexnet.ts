/** AlexNet as torchvision defines it (Krizhevsky 2014, "One weird trick"). */
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
} from "tilewright";
import { scaled, type NetworkOptions } from "./options.js";

export function alexnet({ width = 1, size = 224, classes = 1000 }: NetworkOptions = {}) {
  const c = (channels: number): number => scaled(channels, width);
  const pool = maxPool2d({ kernelSize: 3, stride: 2 });
  const features = sequential([
    conv2d({ inChannels: 3, outChannels: c(64), kernelSize: 11, stride: 4, padding: 2 }),
    relu(),
    pool,
    conv2d({ inChannels: c(64), outChannels: c(192), kernelSize: 5, padding: 2 }),
    relu(),
    pool,
    conv2d({ inChannels: c(192), outChannels: c(384), kernelSize: 3, padding: 1 }),
    relu(),
    conv2d({ inChannels: c(384), outChannels: c(256), kernelSize: 3, padding: 1 }),
    relu(),
    conv2d({ inChannels: c(256), outChannels: c(256), kernelSize: 3, padding: 1 }),
    relu(),
    pool,
  ]);
  const classifier = sequential([
    dropout(),
    linear({ inFeatures: c(256) * 36, outFeatures: c(4096) }),
    relu(),
    dropout(),
    linear({ inFeatures: c(4096), outFeatures: c(4096) }),
    relu(),
    linear({ inFeatures: c(4096), outFeatures: classes }),
  ]);
  const layers = { features, avgpool: adaptiveAvgPool2d(6), classifier };
  return model("alexnet", { image: [1, 3, size, size] }, layers, (m, { image }) => ({
    logits: m.classifier(flatten(m.avgpool(m.features(image)))),
  }));
}

export default alexnet();
