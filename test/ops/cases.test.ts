/** Every op against formulas of its own, through its kernel and, where it has one, its view. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { ops } from "../../compiler/ops/index.js";
import { operandName, type ComputeContext, type Op } from "../../compiler/ops/op.js";
import { formatType, type Tensor, type TensorType } from "../../compiler/base/tensor.js";
import { cases, type OpCase } from "./cases/index.js";
import { checkCoverage } from "./coverage.js";
import { applyView } from "./view.js";

const registry = new Map<string, Op>(Object.entries(ops as unknown as Record<string, Op>));

interface Applied {
  readonly op: Op;
  readonly context: ComputeContext<Readonly<Record<string, unknown>>>;
}

/** Parses the attributes and infers the type, as inferShapes does. */
function infer(name: string, { inputs, attributes }: OpCase): Applied {
  const op = registry.get(name)!;
  const facts = inputs.map((value) =>
    value === undefined ? undefined : { type: value.type, value },
  );
  const parsed = op.attributes.parse(attributes ?? {});
  const inferred = op.infer(facts, parsed);
  const types = inputs.map((value): TensorType | undefined => value?.type);
  const canonical = inferred.attributes ?? parsed;
  const context = { inputs: types, attributes: canonical, output: inferred.type };
  const again = op.infer(facts, op.attributes.parse(canonical));
  expect(again.type, "types of canonical attributes").toEqual(inferred.type);
  expect(again.attributes ?? canonical, "canonical attributes").toEqual(canonical);
  return { op, context };
}

/** Equal up to the rounding of a double formula to f32; zeros keep their sign, integers are exact. */
function expectSame(actual: Tensor, expected: Tensor, slack = 1e-12): void {
  expect(formatType(actual.type)).toBe(formatType(expected.type));
  expected.data.forEach((want_, i) => {
    const want = Number(want_);
    const got = Number(actual.data[i]!);
    const same = Object.is(got, want) || (want !== 0 && got === want);
    const near =
      actual.type.dtype === "f32" &&
      !(got === 0 && want === 0) &&
      Math.abs(got - want) <= 3e-7 * Math.abs(want) + slack;
    if (!same && !near) expect.fail(`element ${i} is ${got}, expected ${want}`);
  });
  expect(actual.data.length).toBe(expected.data.length);
}

describe.each(Object.entries(cases))("%s", (name, list) => {
  it.each(list.map((one) => [one.title, one] as const))("%s", (_, one) => {
    const { op, context } = infer(name, one);
    const kernel = op.compute(context);
    const values = new Map<string, Tensor>();
    one.inputs.forEach((value, i) => {
      if (value !== undefined) values.set(operandName(op, i), value);
    });
    expect(kernel.inputs.map((input) => input.name)).toEqual([...values.keys()]);
    checkCoverage(kernel);
    expectSame(interpretKernel(kernel, values), one.expected, one.slack);
    if (op.view !== undefined) {
      const inputs = one.inputs.filter((value) => value !== undefined);
      expectSame(applyView(op.view(context), inputs, context.output), one.expected);
    }
  });
});

describe("the registry", () => {
  it("files each op under its own name", () => {
    for (const [name, op] of registry) expect(op.name).toBe(name);
  });

  it("has a test for every op", () => {
    const here = new URL(".", import.meta.url);
    const files = readdirSync(here).filter((file) => file.endsWith(".test.ts"));
    const text = files.map((file) => readFileSync(new URL(file, here), "utf8")).join("\n");
    const described = [...text.matchAll(/\bdescribe\("(\w+)/g)].map((match) => match[1]!);
    const tested = new Set([...Object.keys(cases), ...described]);
    expect([...registry.keys()].filter((name) => !tested.has(name))).toEqual([]);
    for (const [name, list] of Object.entries(cases)) expect(list.length, name).toBeGreaterThan(0);
  });
});

/** Whether one case has a trait in a spatial dimension or across them. */
const TRAITS: Readonly<Record<string, (spatial: readonly number[], given: Given) => boolean>> = {
  "odd extents": (spatial) => spatial.every((dim) => dim % 2 === 1),
  strides: (_, { strides }) => strides?.some((one) => one > 1) === true,
  dilations: (_, { dilations }) => dilations?.some((one) => one > 1) === true,
  "asymmetric padding": (spatial, { pads }) =>
    Array.isArray(pads) && spatial.some((_, i) => pads[i] !== pads[spatial.length + i]),
  groups: (_, { groups }) => groups !== undefined && groups > 1,
};

interface Given {
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[] | string;
  readonly groups?: number;
}

describe("cases of windows", () => {
  it.each(["conv", "convTranspose", "maxPool", "averagePool", "lpPool"])(
    "%s has every trait in 1, 2 and 3 dimensions, and strides, dilations and padding together",
    (op) => {
      const traits = Object.keys(TRAITS).filter((one) => op.startsWith("conv") || one !== "groups");
      for (const rank of [1, 2, 3]) {
        const found = cases[op]!.map(({ inputs, attributes }) => {
          const spatial = inputs[0]!.type.dims.slice(2);
          if (spatial.length !== rank) return [];
          return traits.filter((trait) => TRAITS[trait]!(spatial, attributes as Given));
        });
        expect([...new Set(found.flat())].sort(), `rank ${rank}`).toEqual([...traits].sort());
        expect(Math.max(...found.map((one) => one.length))).toBeGreaterThanOrEqual(3);
      }
    },
  );
});
