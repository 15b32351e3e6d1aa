/** Shapes are computed in 64 bits: what fits 32 as everywhere, what does not exactly, what is beyond saturated. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { computeOf, opOf } from "../../compiler/graph/evaluate.js";
import type { OpName } from "../../compiler/graph/graph.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { interpretInt64 } from "../../compiler/meaning/interpretInt64.js";
import { operandName } from "../../compiler/ops/op.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { cases, type OpCase } from "../ops/cases/index.js";

const INTEGERS = ["i64", "i32", "bool"];

/** Cases of integers and booleans alone, each of which could be shape arithmetic. */
const integerCases = Object.entries(cases).flatMap(([op, list]) =>
  list
    .filter(({ inputs, expected }) =>
      [...inputs, expected].every(
        (value) =>
          value === undefined ||
          (INTEGERS.includes(value.type.dtype) && elementCount(value.type.dims) > 0),
      ),
    )
    .map((one): [string, OpName, OpCase] => [`${op} ${one.title}`, op as OpName, one]),
);

function small(one: OpCase): boolean {
  return one.inputs.every((value) =>
    Array.from(value?.data ?? [], Number).every((element) => Math.abs(element) < 1000),
  );
}

describe("interpretInt64", () => {
  it.each(integerCases.filter(([, , one]) => small(one)))("agrees on %s", (_, name, one) => {
    const op = opOf(name);
    const attributes = op.attributes.parse(one.attributes ?? {});
    const facts = one.inputs.map((value) => value && { type: value.type, value });
    const { type, attributes: canonical } = op.infer(facts, attributes);
    const types = one.inputs.map((value) => value?.type);
    const kernel = computeOf(op, types, canonical ?? attributes, type);
    const values = new Map<string, Tensor>();
    one.inputs.forEach((value, i) => value && values.set(operandName(op, i), value));
    expect(interpretInt64(kernel, values)).toEqual(interpretKernel(kernel, values));
  });
});

/** The value that a model without inputs folds to. */
function folded(body: string): Tensor {
  const graph = inferShapes(
    parseDefinition(`model m(%x: f32[1]) {\n${body}\n  return y = %y\n}\n`),
  );
  return constantTensor(
    graph.constants.find(({ name }) => `@${name}` === graph.outputs[0]!.value)!,
  );
}

const constants = (a: bigint, b: bigint, op: string): Tensor => {
  const text = `model m(%x: f32[1]) {\n  %y = ${op}(@a, @b)\n  return y = %y\n}\n@a : i64[] = [${a}]\n@b : i64[] = [${b}]\n`;
  const graph = inferShapes(parseDefinition(text));
  return constantTensor(graph.constants[0]!);
};

describe("folding i64", () => {
  const most = 2n ** 63n - 1n;
  it.each([
    ["mul", 3_000_000_000n, 5n, 15_000_000_000n],
    ["add", 2n ** 53n, 1n, 2n ** 53n + 1n],
    ["sub", -5n, 2n ** 40n, -5n - 2n ** 40n],
    ["div", -(2n ** 40n) - 1n, 2n, -(2n ** 39n)],
    ["max", most, 1n, most],
    ["min", -most - 1n, 7n, -most - 1n],
    ["add", most, 1n, most],
    ["mul", -(2n ** 62n), 4n, -most - 1n],
  ])("%s of %s and %s", (op, a, b, expected) => {
    expect(constants(a, b, op).data).toEqual(new BigInt64Array([expected]));
  });

  it("keeps what exporters write for the end through gathers, concats and casts", () => {
    const text = `model m(%x: f32[4,6]) {
  %end = gather(@ends, @one)
  %list = concat(%end, %end) {axis=0}
  %y = slice(%x, @starts, %list)
  return y = %y
}
@ends : i64[2] = [3, 9223372036854775807]
@one : i64[1] = [1]
@starts : i64[2] = [1, 2]
`;
    expect(inferShapes(parseDefinition(text)).nodes[0]!.type.dims).toEqual([3, 4]);
  });

  it("knows shapes before anything else is known", () => {
    expect(folded("  %y = shape(%x)").data).toEqual(new BigInt64Array([1n]));
    expect(folded("  %y = size(%x)").data).toEqual(new BigInt64Array([1n]));
    expect(() => folded("  %s = exp(%x)\n  %z = shape(%q)\n  %y = add(%s, %z)")).toThrow(
      CompileError,
    );
  });

  it("has tensors to agree on", () => {
    expect(integerCases.length).toBeGreaterThan(40);
    expect(tensor("i64", [], [1]).data).toBeInstanceOf(BigInt64Array);
  });
});
