/** Models of any size, one for each way in which a file can be large. */
import {
  activation,
  each,
  input,
  link,
  model,
  node,
  type SizedModel,
  weights,
} from "./sizedModel.js";

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
