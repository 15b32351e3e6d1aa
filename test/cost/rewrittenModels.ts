/** Models of any size in which rules of the passes could look at the same again and again. */
import {
  activation,
  each,
  link,
  model,
  node,
  scalar,
  type SizedModel,
  weights,
} from "./sizedModel.js";

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
