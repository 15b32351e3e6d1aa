/** What one kernel takes in: its size and name are bounded, a diamond closes, a value that leaves the model ends it. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { MOST_NODES } from "../../../compiler/program/fuse/cluster.js";
import { fuseKernels } from "../../../compiler/program/fuse/fuse.js";

/** Each kernel's name and what it covers. */
function kernelsOf(body: readonly string[], outputs = "y = %y"): [name: string, covers: string][] {
  const lines = body.map((line) => `  ${line}\n`).join("");
  const text = `model m(%x: f32[1,4,3,3]) {\n${lines}  return ${outputs}\n}\n`;
  const weights = text.includes("@w") ? "@w : f32[4,4,1,1] = seed 1 center 0 spread 1\n" : "";
  const { kernels } = fuseKernels(inferShapes(parseDefinition(text + weights)));
  return kernels.map(({ name, covers }) => [name, covers.join(" ")]);
}

/** y0 = relu(%x), y1 = neg(%y0) …; the last is called y. */
function chain(from: string, length: number): string[] {
  const ops = ["relu", "neg", "sigmoid", "abs", "tanh"];
  const nameOf = (i: number): string => (i === length - 1 ? "y" : `y${i}`);
  return Array.from(
    { length },
    (_, i) => `%${nameOf(i)} = ${ops[i % ops.length]}(%${i === 0 ? from : nameOf(i - 1)})`,
  );
}

describe("clusters of nodes", () => {
  it.each([
    [1, [1]],
    [MOST_NODES, [MOST_NODES]],
    [MOST_NODES + 1, [MOST_NODES, 1]],
    [200, [64, 64, 64, 8]],
  ])("cut a chain of %d pointwise nodes", (length, sizes) => {
    const kernels = kernelsOf(chain("x", length));
    expect(kernels.map(([, covers]) => covers.split(" ").length)).toEqual(sizes);
    for (const [name] of kernels) expect(name.length).toBeLessThan(80);
    expect(new Set(kernels.map(([name]) => name)).size).toBe(kernels.length);
  });

  it("count what they start from, and what prepares its operand", () => {
    const kernels = kernelsOf(["%c = conv(%x, @w)", ...chain("c", 200)]);
    expect(kernels.map(([, covers]) => covers.split(" ").length)).toEqual([64, 64, 64, 9]);
    expect(kernels[0]![0]).toBe("conv_relu_neg_sigmoid_abs_tanh_relu_neg_and_56_more");
    const averaged = kernelsOf([
      ...chain("x", 60).slice(0, -1),
      "%g = globalAveragePool(%y58)",
      ...chain("g", 30).map((line) => line.replaceAll("%y", "%z").replace("%z =", "%y =")),
    ]);
    for (const [, covers] of averaged)
      expect(covers.split(" ").length).toBeLessThanOrEqual(MOST_NODES);
    expect(averaged.length).toBe(2);
  });

  it.each<[string, readonly string[], [string, string][]]>([
    [
      "a diamond",
      ["%c = conv(%x, @w)", "%s = sigmoid(%c)", "%y = mul(%c, %s)"],
      [["conv_sigmoid_mul", "c s y"]],
    ],
    [
      "a diamond in a diamond",
      ["%a = relu(%x)", "%b = neg(%a)", "%c = exp(%b)", "%d = add(%b, %c)", "%y = mul(%a, %d)"],
      [["relu_neg_exp_add_mul", "a b c d y"]],
    ],
    [
      "no diamond that something else stands in",
      ["%c = conv(%x, @w)", "%m = maxPool(%c) {kernel=[1,1]}", "%y = mul(%c, %m)"],
      [
        ["conv", "c"],
        ["maxPool_mul", "m y"],
      ],
    ],
    [
      "no diamond whose value a view reads",
      ["%a = relu(%x)", "%t = transpose(%a) {permutation=[0,1,3,2]}", "%y = sub(%a, %t)"],
      [
        ["relu", "a"],
        ["transpose", "t"],
        ["sub", "y"],
      ],
    ],
    [
      "of two producers of a sum the last",
      ["%c = conv(%x, @w)", "%d = conv(%x, @w)", "%y = add(%c, %d)"],
      [
        ["conv", "c"],
        ["conv_add", "d y"],
      ],
    ],
    [
      "no value that is broadcast",
      ["%c = conv(%x, @w)", "%g = globalAveragePool(%c)", "%s = sigmoid(%g)", "%y = mul(%c, %s)"],
      [
        ["conv", "c"],
        ["globalAveragePool_sigmoid", "g s"],
        ["mul", "y"],
      ],
    ],
  ])("take in %s", (_, body, expected) => {
    expect(kernelsOf(body)).toEqual(expected);
  });

  it("end where a value leaves the model", () => {
    const body = ["%a = relu(%x)", "%b = neg(%a)", "%y = exp(%b)"];
    expect(kernelsOf(body, "y = %y, b = %b")).toEqual([
      ["relu_neg", "a b"],
      ["exp", "y"],
    ]);
    expect(kernelsOf(body, "y = %y, a = %a")).toEqual([
      ["relu", "a"],
      ["neg_exp", "b y"],
    ]);
    const diamond = ["%a = relu(%x)", "%b = neg(%a)", "%y = mul(%a, %b)"];
    expect(kernelsOf(diamond, "y = %y, b = %b")).toEqual([
      ["relu", "a"],
      ["neg", "b"],
      ["mul", "y"],
    ]);
  });
});
