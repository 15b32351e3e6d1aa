/** Loops as text. */
import { describe, expect, it } from "vitest";
import { addIndex, axisIndex } from "../../compiler/compute/affine.js";
import { accumulator, load, max, mul } from "../../compiler/compute/expr.js";
import type { Kernel, Scalar } from "../../compiler/compute/ir.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { printStmt } from "../../compiler/loop/print.js";
import type { Value } from "../../compiler/loop/stmt.js";

/** A 3-tap convolution with a bias of its own and ReLU. */
const KERNEL: Kernel = {
  outer: [],
  inputs: [
    { name: "x", operand: "x", type: { dtype: "f32", dims: [10] } },
    { name: "w", operand: "w", type: { dtype: "f32", dims: [3] } },
  ],
  constants: [],
  temporaries: [],
  computes: [
    {
      target: "out",
      axes: [{ name: "ow", extent: 10 }],
      reduce: [{ name: "kw", extent: 3 }],
      combine: "sum",
      body: mul(
        load("x", [addIndex(axisIndex("ow"), axisIndex("kw"), -1)], "f32", {
          mode: "constant",
          value: 0,
        }),
        load("w", [axisIndex("kw")]),
      ),
      epilogue: max(accumulator(), 0),
      index: [axisIndex("ow")],
    },
  ],
  output: { dtype: "f32", dims: [10] },
};

const place = { buffer: 0, offset: 0, strides: [1], margin: [[1, 1]] } as const;
const places = {
  x: { ...place, fill: { mode: "constant", value: 0 } },
  w: place,
  out: place,
} as const;

describe("printStmt", () => {
  it("shows loops, registers, vectors and partial stores of a lowered kernel", () => {
    const code = lowerKernel(KERNEL, {
      summary: "3 taps\nthen ReLU",
      schedules: [
        {
          order: ["ow", "kw"],
          split: { ow: [{ factor: 4, kind: "vector" }], kw: [{ factor: 3, kind: "unroll" }] },
          lanes: 4,
        },
      ],
      places,
      spaceOf: (source) => (source === "w" ? "constants" : "arena"),
    });
    const text = printStmt(code);
    expect(text).toContain("// 3 taps\\u000athen ReLU\n");
    expect(text).toContain("kernel(x: arena f32, w: constants f32, out: arena f32) {\n");
    expect(text).toContain("  for ow = 0 to 8 step 4 {\n");
    expect(text).toMatch(/ {4}var acc\w*: f32x4 = f32x4\(0\)\n/);
    expect(text).toMatch(/f32x4\(constants\.f32\[w \+ 2\]\)/);
    expect(text).toMatch(/arena\.f32x4\[out\w* \+ 8, 2\] = max\(acc\w*, f32x4\(0\)\)/);
    expect(text.endsWith("\n}\n")).toBe(true);
  });

  const scalar = (value: number, dtype: Scalar = "f32"): Value => ({
    kind: "constant",
    dtype,
    lanes: 1,
    value,
  });
  const register = (name: string, dtype: Scalar = "f32", lanes = 1): Value => ({
    kind: "register",
    dtype,
    lanes,
    name,
  });
  const binary = (
    op: Extract<Value, { kind: "binary" }>["op"],
    left: Value,
    right: Value,
  ): Value => ({ kind: "binary", dtype: left.dtype, lanes: left.lanes, op, left, right });
  const textOf = (value: Value): string => {
    const body = [{ kind: "assign", register: "r", value }] as const;
    return printStmt({ summary: "s", parameters: [], body }).split("\n")[2]!.trim().slice(4);
  };
  const [a, b, c] = [register("a"), register("b"), register("c")];
  const v = register("v", "f32", 4);
  const memory = { dtype: "f32", space: "arena" } as const;
  const at = register("at", "i32");

  it.each<[string, Value]>([
    ["a - (b - c) * a", binary("sub", a, binary("mul", binary("sub", b, c), a))],
    ["a - b - c", binary("sub", binary("sub", a, b), c)],
    ["(a < b) == (b < c)", binary("eq", binary("lt", a, b), binary("lt", b, c))],
    ["at - 3", binary("add", at, scalar(-3, "i32"))],
    ["at - (at - 3)", binary("sub", at, binary("add", at, scalar(-3, "i32")))],
    ["a < b & b < c", binary("and", binary("lt", a, b), binary("lt", b, c))],
    ["-(a + b)", { ...a, kind: "unary", op: "neg", operand: binary("add", a, b) }],
    ["neg(-1)", { ...a, kind: "unary", op: "neg", operand: scalar(-1) }],
    ["sqrt(a)", { ...a, kind: "unary", op: "sqrt", operand: a }],
    ["mod(at, 3)", binary("mod", at, scalar(3, "i32"))],
    ["a + 0.1", binary("add", a, scalar(Math.fround(0.1)))],
    ["i32(a + b)", { kind: "cast", dtype: "i32", lanes: 1, operand: binary("add", a, b) }],
    [
      "select(a < b, a, b)",
      { ...a, kind: "select", condition: binary("lt", a, b), then: a, otherwise: b },
    ],
    [
      "a + (if at < 3 then arena.f32[at] else 0)",
      binary("add", a, {
        ...a,
        kind: "guard",
        condition: binary("lt", at, scalar(3, "i32")),
        then: { ...a, kind: "load", memory, address: at },
        otherwise: scalar(0),
      }),
    ],
    ["arena.f32x4[at, 3]", { ...v, kind: "load", memory, address: at, count: 3 }],
    ["f32x4(a)", { ...v, kind: "splat", operand: a }],
    ["[a, b, c, a]", { ...v, kind: "build", operands: [a, b, c, a] }],
    ["v[2]", { ...a, kind: "extract", operand: v, lane: 2 }],
    [
      "shuffle(v, v, 0, 4, 1, 5)",
      { ...v, kind: "shuffle", left: v, right: v, picks: [0, 4, 1, 5] },
    ],
    ["mask(v, 3, -inf)", { ...v, kind: "mask", operand: v, count: 3, fill: -Infinity }],
    ["fold.sum(v)", { ...a, kind: "reduce", combine: "sum", operand: v }],
  ])("prints %s", (text, value) => expect(textOf(value)).toBe(text));
});
