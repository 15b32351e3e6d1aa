/** What TypeScript itself refuses while a model is written: each line under `@ts-expect-error` must not compile. */
import { describe, expect, it } from "vitest";
import {
  add,
  batchNorm2d,
  block,
  conv2d,
  flatten,
  leakyRelu,
  linear,
  maxPool2d,
  model,
  relu,
  sequential,
  type Value,
} from "../../../compiler/frontend/builder/index.js";
import { image } from "../../../compiler/frontend/preparation/image/spec.js";
import { CompileError, formatProblem } from "../../../compiler/base/error.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";

const narrow = conv2d({ inChannels: 3, outChannels: 8, kernelSize: 3 });
const wide = conv2d({ inChannels: 16, outChannels: 4, kernelSize: 3 });

function problemsOf(build: () => Definition): readonly string[] {
  try {
    build();
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** What TypeScript would have refused is refused when shapes are inferred, too. */
function codesOf(build: () => Definition): readonly string[] {
  try {
    inferShapes(build(), {});
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(({ code, node }) => `${code} ${node}`);
  }
}

describe("channels that do not fit", () => {
  it("in a list of layers", () => {
    const mismatched = (): Definition =>
      model(
        "list",
        { image: [1, 3, 16, 16] },
        // @ts-expect-error 8 channels are given to a layer that takes 16
        sequential([narrow, relu(), maxPool2d({ kernelSize: 2 }), wide]),
      );
    expect(codesOf(mismatched)).toEqual(["shape-mismatch 3"]);
    const fitting = model(
      "list",
      { image: [1, 3, 16, 16] },
      sequential([narrow, relu(), conv2d({ inChannels: 8, outChannels: 4, kernelSize: 3 })]),
    );
    expect(codesOf(() => fitting)).toEqual([]);
  });

  it("in a list that ends in a norm of another width", () => {
    const mismatched = (): Definition =>
      model(
        "norm",
        { image: [1, 3, 16, 16] },
        // @ts-expect-error the norm has 16 features
        sequential([narrow, batchNorm2d({ numFeatures: 16 })]),
      );
    expect(codesOf(mismatched)).toEqual(["shape-mismatch 1"]);
  });

  it("in a composition of functions", () => {
    const mismatched = (): Definition =>
      model("composed", { image: [1, 3, 16, 16] }, { narrow, wide }, (m, { image }) => ({
        // @ts-expect-error narrow gives 8 channels
        y: m.wide(m.narrow(image)),
      }));
    expect(codesOf(mismatched)).toEqual(["shape-mismatch wide"]);
  });

  it("from the input", () => {
    const mismatched = (): Definition =>
      model("input", { image: [1, 4, 16, 16] }, { narrow }, (m, { image }) => ({
        // @ts-expect-error the image has 4 channels
        y: m.narrow(image),
      }));
    expect(codesOf(mismatched)).toEqual(["shape-mismatch narrow"]);
  });

  it("from an input that is prepared", () => {
    const photo = { dims: [1, 3, 16, 16], prepare: image() } as const;
    const mismatched = (): Definition =>
      model("prepared", { photo }, { wide }, (m, { photo: x }) => ({
        // @ts-expect-error the photo has 3 channels
        y: m.wide(x),
      }));
    expect(codesOf(mismatched)).toEqual(["shape-mismatch wide"]);
    const fitting = model("prepared", { photo }, { narrow }, (m, { photo: x }) => ({
      y: m.narrow(x),
    }));
    expect(codesOf(() => fitting)).toEqual([]);
  });

  it("in a residual sum", () => {
    const mismatched = (): Definition =>
      model("sum", { image: [1, 3, 16, 16] }, { narrow }, (m, { image }) => ({
        // @ts-expect-error 8 and 3 channels
        y: add(m.narrow(image), image),
      }));
    expect(codesOf(mismatched)).toEqual(["shape-mismatch add_1"]);
  });

  it("inside a block", () => {
    const bad = block({ narrow, wide }, (m, x) => {
      // @ts-expect-error narrow gives 8 channels
      return m.wide(m.narrow(x));
    });
    expect(codesOf(() => model("blocked", { image: [1, 3, 16, 16] }, bad))).toEqual([
      "shape-mismatch wide",
    ]);
  });

  it("are not asked of a value that was flattened", () => {
    const net = sequential([narrow, flatten(), linear({ inFeatures: 1568, outFeatures: 10 })]);
    expect(codesOf(() => model("flat", { image: [1, 3, 16, 16] }, net))).toEqual([]);
  });
});

describe("options and inputs", () => {
  it("unknown options do not compile", () => {
    const layers = [
      // @ts-expect-error PyTorch calls it kernelSize
      conv2d({ inChannels: 3, outChannels: 8, kernelSize: 3, kernel: 3 }),
      // @ts-expect-error there is no such padding mode
      conv2d({ inChannels: 3, outChannels: 8, kernelSize: 3, paddingMode: "mirror" }),
      // @ts-expect-error padding is a number, sides, or one of three rules
      conv2d({ inChannels: 3, outChannels: 8, kernelSize: 3, padding: "full" }),
      // @ts-expect-error the kernel's size is missing
      maxPool2d({ stride: 2, kernelsize: 2 }),
      // @ts-expect-error PyTorch calls it negativeSlope
      leakyRelu({ slope: 0.1 }),
    ];
    const build = (): Definition =>
      model("options", { image: [1, 3, 16, 16] }, Object.fromEntries(layers.entries()), (m, x) => ({
        y: Object.values(m).reduce((value, apply) => apply(value), x.image as Value),
      }));
    expect(problemsOf(build)).toMatchInlineSnapshot(`
      [
        "[unknown-attribute] '0': there is no option kernel; the options are inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode",
        "[bad-attribute] '2': padding full: the rules are valid, same and sameLower",
        "[bad-attribute] '3': option kernelSize is missing",
        "[unknown-attribute] '3': there is no option kernelsize; the options are kernelSize, stride, padding, dilation, ceilMode; did you mean 'kernelSize'?",
        "[unknown-attribute] '4': there is no option slope; the options are negativeSlope",
      ]
    `);
  });

  it("an input that was not declared does not compile, and does not build", () => {
    const build = (): Definition =>
      model("missing", { image: [1, 3, 16, 16] }, { narrow }, (m, inputs) => ({
        // @ts-expect-error the input is called image
        y: m.narrow(inputs.picture),
      }));
    expect(problemsOf(build)).toMatchInlineSnapshot(`
      [
        "[missing-input] 'narrow': is given undefined instead of a value; values are the model's inputs, and what layers and functions return for them",
      ]
    `);
  });

  it("a layer that was not declared does not compile, and does not build", () => {
    const build = (): Definition =>
      model("missing", { image: [1, 3, 16, 16] }, { narrow }, (m, { image }) => ({
        // @ts-expect-error the layer is called narrow
        y: m.wide(image),
      }));
    expect(build).toThrow();
  });
});
