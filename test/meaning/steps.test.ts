/** What is discontinuous gives the same bits fused and alone, in every target and in the interpreter. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { saturate, unaryFunction } from "../../compiler/meaning/scalarMath.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { importCompiled, type Arrays } from "../support/emitted.js";

/** Operations that f32 rounds; a and b are f32 values. */
const SOURCES: Readonly<Record<string, (a: number, b: number) => number>> = {
  div: (a, b) => a / b,
  mul: (a, b) => a * b,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sqrt: Math.sqrt,
};

interface Step {
  /** The op on v; c is what v rounds to. */
  readonly text: (v: string, c: string) => string;
  /** What it is of v. */
  readonly of: (v: number, c: number) => number;
  /** Where results are only about right, whether there is one and whether it is finite. */
  readonly rough?: true;
}

const bool = (value: boolean): number => (value ? 1 : 0);
const rest = (x: number, y: number): number => {
  const left = x % y;
  return left !== 0 && left < 0 !== y < 0 ? Math.fround(left + y) : left;
};
const call =
  (op: string, attributes = "") =>
  (v: string): string =>
    `${op}(${v}) {${attributes}}`;

const STEPS: Readonly<Record<string, Step>> = {
  floor: { text: call("floor"), of: Math.floor },
  ceil: { text: call("ceil"), of: Math.ceil },
  round: { text: call("round"), of: unaryFunction("round", "f32") },
  sign: { text: call("sign"), of: Math.sign },
  toI32: { text: call("cast", 'to="i32"'), of: saturate },
  toBool: { text: call("cast", 'to="bool"'), of: (v) => bool(v !== 0) },
  equal: { text: (v, c) => `equal(${v}, ${c})`, of: (v, c) => bool(v === c) },
  less: { text: (v, c) => `less(${v}, ${c})`, of: (v, c) => bool(v < c) },
  greater: { text: (v, c) => `greater(${c}, ${v})`, of: (v, c) => bool(c > v) },
  lessOrEqual: { text: (v, c) => `lessOrEqual(${v}, ${c})`, of: (v, c) => bool(v <= c) },
  greaterOrEqual: { text: (v, c) => `greaterOrEqual(${v}, ${c})`, of: (v, c) => bool(v >= c) },
  mod: { text: (v) => `mod(${v}, %one)`, of: (v) => rest(v, 1) },
  fmod: { text: (v) => `mod(${v}, %one) {fmod=true}`, of: (v) => v % 1 },
  modulo: { text: (v, c) => `mod(${c}, ${v})`, of: (v, c) => rest(c, v) },
  isInf: { text: call("isInf"), of: (v) => bool(Math.abs(v) === Infinity) },
  thresholdedRelu: { text: call("thresholdedRelu"), of: (v) => (v > 1 ? v : 0) },
  shrink: {
    text: call("shrink", "lambd=1, bias=1"),
    of: (v) => Math.fround(v < -1 ? v + 1 : v > 1 ? v - 1 : 0),
  },
  asin: { text: call("asin"), of: Math.asin, rough: true },
  acos: { text: call("acos"), of: Math.acos, rough: true },
  acosh: { text: call("acosh"), of: Math.acosh, rough: true },
  atanh: { text: call("atanh"), of: Math.atanh, rough: true },
  pow: { text: (v) => `pow(%base, ${v})`, of: (v) => Math.pow(-2, v), rough: true },
};

const names = Object.keys(STEPS).flatMap((step) =>
  Object.keys(SOURCES).map((source) => ({ step, source, name: `${step}_${source}` })),
);

/** Operands whose result lies next to a half, or leaves the range of f32. */
function operandsOf(source: string): readonly (readonly [number, number])[] {
  const of = SOURCES[source]!;
  const found: (readonly [number, number])[] = [
    [1e-30, 1e-30],
    [-1e-30, 1e-30],
    [1e30, 1e30],
    [1e30, -1e-30],
    [3e38, 3e38],
    [-3e38, 3e38],
    [0.5, 0.25],
  ];
  for (let i = -40; i <= 40; i++)
    for (let k = 1; k <= 40; k++) {
      // Of a root, the squares' neighbours.
      const pair = source === "sqrt" ? [i * i * (1 + (k - 20) * 2 ** -23), 0] : [i / 10, k / 10];
      const [a, b] = [Math.fround(pair[0]!), Math.fround(pair[1]!)];
      const v = of(a, b);
      if (Math.fround(v) !== v && Number.isInteger(2 * Math.fround(v))) found.push([a, b]);
    }
  return found;
}

const operands = Object.fromEntries(Object.keys(SOURCES).map((name) => [name, operandsOf(name)]));

function inputs(): Map<string, Tensor> {
  const values = new Map([
    ["one", tensor("f32", [1], [1])],
    ["base", tensor("f32", [1], [-2])],
  ]);
  for (const [source, pairs] of Object.entries(operands)) {
    const [a, b] = [0, 1].map((side) =>
      tensor(
        "f32",
        [pairs.length],
        pairs.map((pair) => pair[side]!),
      ),
    );
    values.set(`a_${source}`, a!).set(`b_${source}`, b!);
    const c = pairs.map(([one, other]) => SOURCES[source]!(Math.fround(one), Math.fround(other)));
    values.set(`c_${source}`, tensor("f32", [pairs.length], c));
  }
  return values;
}

/** Each step of each operation; `apart`: what a step reads is an output too. */
function definitionOf(values: ReadonlyMap<string, Tensor>, apart: boolean) {
  const declared = [...values].map(([name, { type }]) => `%${name}: f32[${type.dims[0]}]`);
  const nodes = names.flatMap(({ step, source, name }) => [
    `%v_${name} = ${source}(%a_${source}${source === "sqrt" ? "" : `, %b_${source}`})`,
    `%${name} = ${STEPS[step]!.text(`%v_${name}`, `%c_${source}`)}`,
  ]);
  const outputs = names.flatMap(({ name }) => (apart ? [`v_${name}`, name] : [name]));
  return parseDefinition(
    `model steps(${declared.join(", ")}) {\n  ${nodes.join("\n  ")}\n` +
      `  return ${outputs.map((name) => `${name} = %${name}`).join(", ")}\n}\n`,
  );
}

/** What a step is of values that are rounded, or are not. */
function expected(step: string, source: string, round: (v: number) => number): number[] {
  return operands[source]!.map(([a, b]) => {
    const v = SOURCES[source]!(Math.fround(a), Math.fround(b));
    return STEPS[step]!.of(round(v), Math.fround(v));
  });
}

function compare(got: ArrayLike<number | bigint>, step: string, source: string): void {
  const kind = (v: number): number => (STEPS[step]!.rough && Number.isFinite(v) ? 0 : v + 0);
  const values = Array.from(got, (v) => kind(Number(v)));
  expect(values, `${step} of ${source}`).toEqual(expected(step, source, Math.fround).map(kind));
}

const values = inputs();
const [fused, apart] = [definitionOf(values, false), definitionOf(values, true)];

describe("a step reads f32 values", () => {
  it("of which each has some that are on its other side before they are rounded", () => {
    for (const step of Object.keys(STEPS)) {
      const differ = Object.keys(SOURCES).filter((source) => {
        const [wide, narrow] = [(v: number) => v, Math.fround].map((r) =>
          expected(step, source, r),
        );
        const { rough } = STEPS[step]!;
        return wide!.some((v, i) =>
          rough ? Number.isFinite(v) !== Number.isFinite(narrow![i]) : v !== narrow![i],
        );
      });
      expect(differ.length, step).toBeGreaterThan(0);
    }
  });

  it("in the interpreter, fused and alone", () => {
    const { graph, program } = planModel(fused);
    const alone = evaluateGraph(graph, values);
    expect(program.kernels.filter(({ covers }) => covers.length > 1)).toHaveLength(names.length);
    for (const { step, source, name } of names) {
      compare(alone.get(`%${name}`)!.data, step, source);
      const { kernel, operands } = program.kernels.find(({ covers }) => covers.at(-1) === name)!;
      const given = kernel.inputs.map(
        (input) => [input.name, values.get(program.values[operands[input.name]!]!.name)!] as const,
      );
      compare(interpretKernel(kernel, new Map(given)).data, step, source);
    }
  });

  it.each(TARGET_NAMES)("in emitted %s, fused and alone", async (target) => {
    const arrays: Arrays = Object.fromEntries([...values].map(([name, { data }]) => [name, data]));
    const [together, separate] = await Promise.all(
      [fused, apart].map(async (definition) => {
        const { module } = await importCompiled(definition, { target });
        return (await module.load()).run(arrays);
      }),
    );
    for (const { step, source, name } of names) {
      expect(together![name], name).toEqual(separate![name]);
      compare(together![name]!, step, source);
    }
  });
});
