/** What ops reject, with which code and which numbers, and how they write attributes canonically. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import type { DType, TensorType } from "../../compiler/base/tensor.js";
import { ops } from "../../compiler/ops/index.js";
import type { Op } from "../../compiler/ops/op.js";
import { canonical } from "./canonical.js";
import { type Given, rejected } from "./rejected/index.js";

/** `f32[2,3]` as a type. */
function type(text: string): TensorType {
  const [, dtype, dims] = /^(\w+)\[(.*)\]$/.exec(text)!;
  return { dtype: dtype as DType, dims: dims === "" ? [] : dims!.split(",").map(Number) };
}

function inferred(name: keyof typeof ops, inputs: string, attributes: Given = {}) {
  const op = ops[name] as unknown as Op;
  const facts = inputs.split(" ").map((text) => (text === "-" ? undefined : { type: type(text) }));
  return op.infer(facts, op.attributes.parse(attributes));
}

function problemOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof CompileError) return error.problems[0]!;
    throw error;
  }
  throw new Error("nothing was rejected");
}

describe("infer", () => {
  it.each(rejected)("%s(%s) %j is a %s", (name, inputs, attributes, code, message) => {
    const problem = problemOf(() => inferred(name, inputs, attributes));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
  });

  it.each(canonical)("%s(%s) %j is %s", (name, inputs, attributes, output, expected) => {
    const result = inferred(name, inputs, attributes);
    expect(result.type).toEqual(type(output));
    const given = (ops[name] as unknown as Op).attributes.parse(attributes);
    expect(result.attributes ?? given).toEqual(expected);
  });
});
