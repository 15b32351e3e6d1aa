/** Compiled models are judged by what their ops mean: right ones agree, planted faults do not, and are named. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { buildModule } from "../../compiler/cli/runModule.js";
import { compareModel } from "../../compiler/golden/compareModel.js";
import { drawInputs } from "../../compiler/golden/drawInputs.js";
import { judgeOf } from "../../compiler/golden/judge.js";
import { meaningOf } from "../../compiler/golden/meaning.js";
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";

const branches = parseDefinition(`model branches(%x: f32[1,2,4,4]) {
  %left = conv(%x, @w) {pads=[1,1,1,1]}
  %act = tanh(%left)
  %right = sigmoid(%x)
  %sum = add(%act, %right)
  %out = mul(%sum, %sum)
  return y = %out, left = %left
}
@w : f32[2,2,3,3] = seed 3 center 0 spread 1
`);

const typed = parseDefinition(`model typed(%i: i32[8], %l: i64[8], %u: u8[8], %s: i8[8], %b: bool[8]) {
  %sum = add(%i, %i)
  %double = add(%l, %l)
  %most = max(%u, %u)
  %float = cast(%s) {to="f32"}
  %not = not(%b)
  return sum = %sum, double = %double, most = %most, float = %float, not = %not
}
`);

const constant = parseDefinition(`model constant(%x: f32[2]) {
  %z = sub(%x, %x)
  return z = %z, x = %x
}
`);

const compare = async (definition: Definition, build: BuildModel, runs = 2) => {
  const subject = { graph: inferShapes(definition), build, run: await build(definition, {}) };
  return compareModel(subject, { runs, seed: 1 });
};

/** Compiles another op in the place of one. */
const wrongly =
  (from: string, to: string): BuildModel =>
  (definition, options) => {
    const nodes = definition.nodes.map((node) => (node.op === from ? { ...node, op: to } : node));
    return buildModule({ ...definition, nodes }, options);
  };

/** Computes what ops mean, and changes what comes out. */
const changed =
  (change: (value: Tensor, run: number, last: Tensor | undefined) => Tensor): BuildModel =>
  (definition) => {
    const graph = inferShapes(definition);
    const last = new Map<string, Tensor>();
    let run = 0;
    return Promise.resolve((inputs) => {
      const values = meaningOf(graph, inputs);
      run++;
      const outputs = graph.outputs.map(({ name, value }): [string, Tensor] => {
        const right = values.get(value)!;
        const result = change(right, run, last.get(name));
        last.set(name, right);
        return [name, result];
      });
      return Promise.resolve(new Map(outputs));
    });
  };

describe.each(TARGET_NAMES)("comparing modules for %s", (target) => {
  const build: BuildModel = (definition, options) =>
    buildModule(definition, { ...options, target });

  it.each([
    ["branches", branches],
    ["typed", typed],
  ])("%s compute what they mean", async (_, definition) => {
    const { outputs, ...rest } = await compare(definition, build);
    expect(rest).toEqual({ agrees: true, runs: 2 });
    for (const one of outputs) {
      expect(one.error, one.name).toBeLessThanOrEqual(one.allowed);
      expect(one.varies, one.name).toBe(true);
    }
  });
});

describe("comparing", () => {
  it.each([
    ["tanh", "softsign", "act"],
    ["sigmoid", "hardSigmoid", "right"],
    ["add", "max", "sum"],
  ])("names the node where %s is compiled as %s", async (from, to, node) => {
    const { agrees, runs, outputs, culprit } = await compare(branches, wrongly(from, to));
    expect({ agrees, runs }).toEqual({ agrees: false, runs: 1 });
    expect(culprit).toMatchObject({ node, op: from, comparedWith: "meaning" });
    expect(outputs.map(({ reason }) => reason !== undefined)).toEqual([true, false]);
  });

  it("finds what is left over from the run before", async () => {
    const stale = changed((value, _, last) => {
      const data = (value.data as Float32Array).slice();
      if (last !== undefined) data[0] = Number(last.data[0]);
      return { type: value.type, data };
    });
    const { agrees, outputs } = await compare(branches, stale, 1);
    expect(agrees).toBe(false);
    expect(outputs[0]!.reason).toMatch(/^'y'\[0,0,0,0\] is /);
  });

  it("finds a single wrong element in the last run alone", async () => {
    const late = changed((value, run) => {
      const data = (value.data as Float32Array).slice();
      if (run === 6) data[31]! += 1e-3;
      return { type: value.type, data };
    });
    const { agrees, runs } = await compare(branches, late, 3);
    expect({ agrees, runs }).toEqual({ agrees: false, runs: 3 });
  });

  it("says which outputs are the same whatever comes in", async () => {
    const { agrees, outputs } = await compare(constant, buildModule);
    expect(agrees).toBe(true);
    expect(outputs.map(({ name, varies }) => [name, varies])).toEqual([
      ["z", false],
      ["x", true],
    ]);
  });
});

/** Sums, what amplifies errors, and what turns on the last bit. */
const sensitive = parseDefinition(`model sensitive(%x: f32[4,64]) {
  %h = matmul(%x, @w)
  %near = sub(%h, @shift)
  %large = mul(%near, @many)
  %exp = exp(%h)
  %step = floor(%large)
  %best = argMax(%near) {axis=1}
  return h = %h, large = %large, exp = %exp, step = %step, best = %best
}
@w : f32[64,8] = seed 1 center 0 spread 1
@shift : f32[] = [4]
@many : f32[] = [100000]
`);

describe("judging", () => {
  const graph = inferShapes(sensitive);
  const inputs = drawInputs(graph, 3);
  const { values, judge } = judgeOf(graph, inputs);

  it("allows what the errors of ops come to, wherever they lead", () => {
    for (const sign of [1, -1] as const) {
      const erring = meaningOf(graph, inputs, { noise: { seed: 9, sign } });
      for (const { name, value } of graph.outputs)
        expect(judge(name, value, erring.get(value)!).reason).toBeUndefined();
    }
  });

  it.each(["h", "large", "exp"])("allows no more than that of %s", (name) => {
    const expected = values.get(`%${name}`)!;
    const one = judge(name, `%${name}`, expected);
    expect(one).toEqual({ error: 0, allowed: one.allowed });
    const data = (expected.data as Float32Array).map((value, i) =>
      i === 5 ? value + 1000 * one.allowed + 0.01 * Math.abs(value) : value,
    );
    const { reason } = judge(name, `%${name}`, { type: expected.type, data });
    expect(reason).toContain(`'${name}'[0,5] is `);
  });

  it("allows integers, exact ops and infinities no error at all", () => {
    const exact = inferShapes(
      parseDefinition(`model exact(%x: f32[4], %i: i32[4]) {
  %r = relu(%x)
  %s = add(%i, %i)
  return r = %r, s = %s
}
`),
    );
    const x = tensor("f32", [4], [1, NaN, Infinity, 0]);
    const i = tensor("i32", [4], [1, 2, 3, 4]);
    const own = judgeOf(
      exact,
      new Map([
        ["x", x],
        ["i", i],
      ]),
    );
    const reasonOf = (operand: "%r" | "%s", dtype: "f32" | "i32", data: readonly number[]) =>
      own.judge("v", operand, tensor(dtype, [4], data)).reason;
    expect(reasonOf("%r", "f32", [1, NaN, Infinity, -0])).toBeUndefined();
    expect(reasonOf("%r", "f32", [1 + 2 ** -23, NaN, Infinity, 0])).toContain("'v'[0] is ");
    expect(reasonOf("%r", "f32", [1, 0, Infinity, 0])).toContain("'v'[1] is 0, expected NaN");
    expect(reasonOf("%r", "f32", [1, NaN, 3e38, 0])).toContain("'v'[2] is ");
    expect(reasonOf("%s", "i32", [2, 4, 6, 9])).toContain("'v'[3] is 9, expected 8 exactly");
    expect(own.judge("v", "%s", tensor("f32", [4], [2, 4, 6, 8])).reason).toBe(
      "'v' is f32[4], expected i32[4]",
    );
  });
});

describe("drawn inputs", () => {
  const graph = inferShapes(
    parseDefinition(`model all(%f: f32[999], %i: i32[999], %l: i64[999], %u: u8[999], %s: i8[999], %b: bool[999]) {
  %a = relu(%f)
  return a = %a, i = %i, l = %l, u = %u, s = %s, b = %b
}
`),
  );
  const at = (seed: number, name: string): (number | bigint)[] => [
    ...drawInputs(graph, seed).get(name)!.data,
  ];

  it("are the same for a seed, and others for others", () => {
    for (const { name } of graph.inputs) {
      expect(at(1, name)).toEqual(at(1, name));
      expect(at(1, name)).not.toEqual(at(2, name));
    }
  });

  it("have values at which code goes wrong", () => {
    expect(at(1, "f").some((value) => Object.is(value, -0))).toBe(true);
    expect(at(1, "f")).toEqual(expect.arrayContaining([0, 0.5, 2.5, -1.5, 2 ** -149]));
    expect(at(1, "f").every((value) => Number.isFinite(value))).toBe(true);
    expect(at(1, "i")).toEqual(expect.arrayContaining([-1, 2 ** 31 - 1, -(2 ** 31)]));
    expect(at(1, "l")).toEqual(expect.arrayContaining([-1n, 2n ** 31n - 1n, -(2n ** 31n)]));
    expect(at(1, "u")).toEqual(expect.arrayContaining([0, 255]));
    expect(at(1, "s")).toEqual(expect.arrayContaining([-128, 127]));
    expect(new Set(at(1, "b"))).toEqual(new Set([0, 1]));
  });
});
