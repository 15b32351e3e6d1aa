/** Models of any size, one for each way in which a model can be large. */
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionInput,
  DefinitionNode,
  Operand,
} from "../../compiler/graph/definition.js";

export interface SizedModel {
  readonly title: string;
  /** As large as must be compiled. */
  readonly largest: number;
  /** Takes long enough to be timed, a few times. */
  readonly timed: number;
  build(size: number): Definition;
}

const ACTIVATIONS = ["sigmoid", "tanh", "abs", "relu", "exp"] as const;

function activation(i: number): string {
  return ACTIVATIONS[i % ACTIVATIONS.length]!;
}

function each<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function input(name: string, dims: readonly number[]): DefinitionInput {
  return { name, dtype: "f32", dims };
}

function node(
  name: string,
  op: string,
  inputs: readonly Operand[],
  attributes: Attributes = {},
): DefinitionNode {
  return { name, op, inputs, attributes };
}

function weights(i: number, dims: readonly number[]): Constant {
  const source = { kind: "seed", seed: i, center: 0, spread: 1 } as const;
  return { name: `w${i}`, type: { dtype: "f32", dims }, source };
}

function scalar(name: string, value: number): Constant {
  const source = { kind: "data", data: Float32Array.of(value) } as const;
  return { name, type: { dtype: "f32", dims: [] }, source };
}

/** The value of node i of a chain, or the input that it begins with. */
function link(i: number): Operand {
  return i < 0 ? "%x" : `%n${i}`;
}

function model(
  dims: readonly number[],
  nodes: readonly DefinitionNode[],
  results: readonly Operand[],
  constants: readonly Constant[] = [],
): Definition {
  const outputs = results.map((value, i) => ({ name: `y${i}`, value }));
  return { name: "large", inputs: [input("x", dims)], nodes, outputs, constants };
}

/** The ways in which files are large. */
export const sizedModels: readonly SizedModel[] = [
  {
    title: "pointwise nodes in a chain",
    largest: 20_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        each(size, (i) => node(`n${i}`, activation(i), [link(i - 1)])),
        [link(size - 1)],
      ),
  },
  {
    title: "concats of a DenseNet",
    largest: 800,
    timed: 400,
    build: (size) =>
      model(
        [1, 2, 4, 4],
        each(size, (i) => [
          node(`c${i}`, "conv", [link(i - 1), `@w${i}`]),
          node(`r${i}`, "relu", [`%c${i}`]),
          node(`n${i}`, "concat", [link(i - 1), `%r${i}`], { axis: 1 }),
        ]).flat(),
        [link(size - 1)],
        each(size, (i) => weights(i, [1, 2 + i, 1, 1])),
      ),
  },
  {
    title: "operands of a concat",
    largest: 2_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 2, 2],
        [
          ...each(size, (i) => node(`n${i}`, activation(i), ["%x"])),
          node("joined", "concat", each(size, link), { axis: 1 }),
        ],
        ["%joined"],
      ),
  },
  {
    title: "outputs of a split",
    largest: 10_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, size],
        each(size, (i) => node(`n${i}`, "split", ["%x"], { axis: 1, parts: size, index: i })),
        each(size, link),
      ),
  },
  {
    title: "inputs",
    largest: 10_000,
    timed: 1_000,
    build: (size) => ({
      ...model(
        [1, 2],
        each(size - 1, (i) => node(`n${i}`, "add", [link(i - 1), `%x${i}`])),
        [link(size - 2)],
      ),
      inputs: [input("x", [1, 2]), ...each(size - 1, (i) => input(`x${i}`, [1, 2]))],
    }),
  },
  {
    title: "outputs",
    largest: 10_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        each(size, (i) => node(`n${i}`, activation(i), [link(i - 1)])),
        each(size, link),
      ),
  },
  {
    title: "distinct convolutions",
    largest: 1_500,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 3, 8, 8],
        each(size, (i) => [
          node(`c${i}`, "conv", ["%x", `@w${i}`], { pads: paddings(i) }),
          node(`n${i}`, "relu", [`%c${i}`]),
        ]).flat(),
        each(size, link),
        each(size, (i) => weights(i, [1 + Math.floor(i / 225), 3, ...kernel(i)])),
      ),
  },
];

/** What all kinds of convolutions take by turns comes first, so that twice as many have as many of each kind. */
function kernel(i: number): number[] {
  return [1 + (i % 5), 1 + (Math.floor(i / 5) % 5)];
}

function paddings(i: number): number[] {
  return [Math.floor(i / 25) % 3, Math.floor(i / 75) % 3, 0, 0];
}

/** What rules of the passes could look at again and again. */
export const rewrittenModels: readonly SizedModel[] = [
  {
    title: "scales and shifts in a row",
    largest: 20_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4, 2, 2],
        each(size, (i) => node(`n${i}`, i % 2 === 0 ? "mul" : "add", [link(i - 1), "@w0"])),
        [link(size - 1)],
        [weights(0, [4, 1, 1])],
      ),
  },
  {
    title: "nodes that do nothing, in a row",
    largest: 20_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        [
          ...each(size, (i) => node(`n${i}`, "identity", [link(i - 1)])),
          node("last", "relu", [link(size - 1)]),
        ],
        ["%last"],
      ),
  },
  {
    title: "nodes that do nothing, each an output",
    largest: 10_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        each(size, (i) => [
          node(`s${i}`, "sigmoid", ["%x"]),
          node(`n${i}`, "identity", [`%s${i}`]),
        ]).flat(),
        each(size, link),
      ),
  },
  {
    title: "nodes that do nothing, each an operand of a concat",
    largest: 10_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        [
          ...each(size, (i) => [
            node(`s${i}`, "sigmoid", ["%x"]),
            node(`n${i}`, "identity", [`%s${i}`]),
          ]).flat(),
          node("joined", "concat", each(size, link), { axis: 1 }),
        ],
        ["%joined"],
      ),
  },
  {
    title: "concats, one in the other, that are transposed",
    largest: 5_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 2, 3],
        [
          ...each(size, (i) => [
            node(`s${i}`, "sigmoid", ["%x"]),
            node(`n${i}`, "concat", [link(i - 1), `%s${i}`], { axis: 1 }),
          ]).flat(),
          node("turned", "transpose", [link(size - 1)], { permutation: [0, 2, 1] }),
        ],
        ["%turned"],
      ),
  },
  {
    title: "doublings in what looks like a GELU",
    largest: 20_000,
    timed: 1_000,
    build: (size) =>
      model(
        [1, 4],
        [
          ...each(size, (i) => node(`n${i}`, "add", [link(i - 1), link(i - 1)])),
          node("curve", "tanh", [link(size - 1)]),
          node("gate", "add", ["%curve", "@one"]),
          node("gated", "mul", ["%x", "%gate"]),
          node("last", "mul", ["%gated", "@half"]),
        ],
        ["%last"],
        [scalar("one", 1), scalar("half", 0.5)],
      ),
  },
  {
    title: "constants that are folded",
    largest: 5_000,
    timed: 400,
    build: (size) =>
      model(
        [1, 4],
        [
          node("n0", "tanh", ["@w0"]),
          ...each(size - 1, (i) => node(`n${i + 1}`, activation(i), [link(i)])),
          node("last", "add", ["%x", link(size - 1)]),
        ],
        ["%last"],
        [weights(0, [1, 4])],
      ),
  },
];
