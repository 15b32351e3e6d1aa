/** Five convolutions that between them stress what a convolution can: channels, windows, depth, stride. */
import { multiplyAdds } from "../../compiler/analysis/multiplyAdds.js";
import { conv2d, model, relu, sequential } from "../../compiler/index.js";
import { inferShapes } from "../../compiler/passes/inferShapes.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { createRandom } from "../support/random.js";
import type { Arrays, Case } from "./peer.js";

interface Shape {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly size: number;
  readonly stride?: number;
  readonly groups?: number;
}

const SHAPES: readonly Shape[] = [
  { name: "1×1 56² 64→256", inChannels: 64, outChannels: 256, kernelSize: 1, size: 56 },
  { name: "3×3 56² 64→64", inChannels: 64, outChannels: 64, kernelSize: 3, size: 56 },
  { name: "3×3 14² 256→256", inChannels: 256, outChannels: 256, kernelSize: 3, size: 14 },
  {
    name: "depthwise 3×3 56²×144",
    inChannels: 144,
    outChannels: 144,
    kernelSize: 3,
    size: 56,
    groups: 144,
  },
  { name: "7×7/2 224² 3→64", inChannels: 3, outChannels: 64, kernelSize: 7, size: 224, stride: 2 },
];

/** Each with bias and ReLU, padded to keep its size (before the stride), on one image. */
export function convolutions(): Case[] {
  return SHAPES.map(({ name, size, stride = 1, groups = 1, kernelSize, ...channels }) => {
    const options = { ...channels, kernelSize, stride, groups, padding: (kernelSize - 1) / 2 };
    const dims = [1, channels.inChannels, size, size];
    return caseOf(name, model("conv", { x: dims }, sequential([conv2d(options), relu()])));
  });
}

/** A definition with seeded inputs between −1 and 1. */
export function caseOf(name: string, definition: Definition): Case {
  const graph = inferShapes(definition);
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
