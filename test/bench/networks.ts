/** Whole networks at the size of their papers, on one image. */
import { networks } from "../../examples/index.js";
import { caseOf } from "./convolutions.js";
import type { Case, MakeCase } from "./peer.js";

const NAMES = [
  "alexnet",
  "squeezenet1_1",
  "googlenet",
  "resnet18",
  "resnet50",
  "mobilenet_v2",
  "mobilenet_v3_small",
  "shufflenet_v2_x1_0",
  "efficientnet_b0",
  "densenet121",
];

/** Made one at a time: the weights of all of them are hundreds of megabytes. */
export function networkCases(): MakeCase[] {
  return NAMES.map((name) => ({ name, make: networkCase }));
}

/** An example network by its name. */
export function networkCase(name: string): Case {
  const { create } = networks.find((one) => one.name === name)!;
  return caseOf(name, create());
}
