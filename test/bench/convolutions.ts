/** Convolutions that between them stress what one can: channels, windows, depth, stride. */
import { multiplyAdds } from "../../compiler/analysis/multiplyAdds.js";
import { conv2d, globalAvgPool, model, relu, sequential } from "../../compiler/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { createRandom } from "../support/random.js";
import { unlimited } from "../support/unlimited.js";
import type { Arrays, Case, MakeCase } from "./peer.js";

interface Shape {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly size: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** For engines that take seconds for one: five. */
const FEW: readonly Shape[] = [
  pointwise(56, 64, 256),
  window(56, 64),
  window(14, 256),
  depthwise(56, 144),
  { name: "7×7/2 224² 3→64", inChannels: 3, outChannels: 64, kernelSize: 7, size: 224, stride: 2 },
];

/** Every kind of layer of ResNet-50, and depthwise ones of MobileNetV2. */
const MANY: readonly Shape[] = [
  ...FEW,
  pointwise(28, 128, 512),
  pointwise(14, 1024, 256),
  pointwise(7, 512, 2048),
  window(28, 128),
  window(7, 512),
  depthwise(28, 192),
  { ...depthwise(112, 96), name: "depthwise 3×3/2 112²×96", stride: 2 },
  { ...depthwise(14, 576), name: "depthwise 5×5 14²×576", kernelSize: 5 },
];

function pointwise(size: number, inChannels: number, outChannels: number): Shape {
  const name = `1×1 ${size}² ${inChannels}→${outChannels}`;
  return { name, inChannels, outChannels, kernelSize: 1, size };
}

function window(size: number, channels: number): Shape {
  const name = `3×3 ${size}² ${channels}→${channels}`;
  return { name, inChannels: channels, outChannels: channels, kernelSize: 3, size };
}

function depthwise(size: number, channels: number): Shape {
  const name = `depthwise 3×3 ${size}²×${channels}`;
  return { ...window(size, channels), name, groups: channels };
}

export function fewConvolutions(): MakeCase[] {
  return FEW.map(convolution);
}

export function manyConvolutions(): MakeCase[] {
  return MANY.map(convolution);
}

/** With bias and ReLU, padded to keep its size (before the stride), on one image. */
function convolution({
  name,
  size,
  stride = 1,
  groups = 1,
  kernelSize,
  ...channels
}: Shape): MakeCase {
  const options = { ...channels, kernelSize, stride, groups, padding: (kernelSize - 1) / 2 };
  const dims = [1, channels.inChannels, size, size];
  const layers = [conv2d(options), relu()] as const;
  const within = model("within", { x: dims }, sequential([...layers, globalAvgPool()]));
  const alone = model("conv", { x: dims }, sequential(layers));
  return { name, make: () => ({ ...caseOf(name, alone), within }) };
}

/** The case of a definition that is made when it is its turn. */
export function lazyCase(name: string, definition: () => Definition): MakeCase {
  return { name, make: () => caseOf(name, definition()) };
}

/** A definition with seeded inputs between −1 and 1. */
export function caseOf(name: string, definition: Definition): Case {
  const graph = inferShapes(definition, unlimited());
  const random = createRandom(1);
  const inputs: Arrays = Object.fromEntries(
    graph.inputs.map((input) => {
      const count = input.type.dims.reduce((product, dim) => product * dim, 1);
      return [
        input.name,
        Float32Array.from({ length: count }, () => random.int(-1000, 1000) / 1000),
      ];
    }),
  );
  return { name, definition, graph, inputs, multiplyAdds: multiplyAdds(graph).total };
}
