/** Printed functions read as written by hand, and type-check under every strict flag. */
import { describe, expect, it } from "vitest";
import { interpretStmt } from "../../../compiler/meaning/interpretStmt.js";
import type { Memory, Value } from "../../../compiler/loop/stmt.js";
import { printFunction, printParts } from "../../../compiler/targets/ts/print.js";
import { importFunctions, typeErrors } from "../../support/compileTypeScript.js";
import {
  add,
  assign,
  bin,
  cast,
  code,
  F32,
  I32,
  int,
  let_,
  load,
  loop,
  mul,
  num,
  reg,
  select,
  store,
  un,
  WEIGHTS,
} from "../../support/primitives.js";

const dot = code(
  [
    ["x", F32],
    ["w", WEIGHTS],
    ["out", F32],
  ],
  [
    loop("oc", 4, [
      let_("w_oc", add(reg("w"), mul(reg("oc"), int(3)))),
      let_("acc", num(0), true),
      loop("ic", 3, [
        assign(
          "acc",
          add(
            reg("acc", "f32"),
            mul(load(F32, add(reg("x"), reg("ic"))), load(WEIGHTS, add(reg("w_oc"), reg("ic")))),
          ),
        ),
      ]),
      store(F32, add(reg("out"), reg("oc")), bin("max", reg("acc", "f32"), num(0))),
    ]),
  ],
  "3 → 4 */ process.exit()",
);

/** The printed right-hand side of one store. */
function printed(value: Value, parameters: readonly (readonly [string, Memory])[] = []): string {
  const text = printParts(
    code([...parameters, ["out", F32]], [store({ ...F32, dtype: value.dtype }, reg("out"), value)]),
  ).body;
  return /= (.*);\n$/s.exec(text)![1]!;
}

describe("printFunction", () => {
  it("prints loops, registers, loads and stores", () => {
    expect(printFunction("matmul_relu", dot)).toMatchInlineSnapshot(`
      "/** 3 → 4 * / process.exit() */
      function matmul_relu(f32: Float32Array, weights: Float32Array, x: number, w: number, out: number): void {
        // Below 2^30, as every address is: engines add to them faster when they know.
        x &= 0x3fffffff;
        w &= 0x3fffffff;
        out &= 0x3fffffff;
        for (let oc = 0; oc < 4; oc++) {
          const w_oc = w + oc * 3;
          let acc = 0;
          for (let ic = 0; ic < 3; ic++) {
            acc += f32[x + ic]! * weights[w_oc + ic]!;
          }
          f32[out + oc] = Math.max(acc, 0);
        }
      }
      "
    `);
  });

  it("drops unread registers and marks unread parameters", () => {
    const dead = code(
      [
        ["x", F32],
        ["out", F32],
      ],
      [
        loop("i", 2, [
          let_("x_i", add(reg("x"), reg("i"))),
          store(F32, add(reg("out"), reg("i")), num(1)),
        ]),
      ],
    );
    expect(printFunction("fill", dead)).toMatchInlineSnapshot(`
      "/** test */
      function fill(f32: Float32Array, _x: number, out: number): void {
        // Below 2^30, as every address is: engines add to them faster when they know.
        out &= 0x3fffffff;
        for (let i = 0; i < 2; i++) {
          f32[out + i] = 1;
        }
      }
      "
    `);
    expect(typeErrors(printFunction("fill", dead) + "export { fill };")).toEqual([]);
  });

  it("renames what would clash with views, helpers and reserved words", () => {
    const clash = code(
      [
        ["in", F32],
        ["f32", F32],
      ],
      [
        let_("round", load(F32, reg("in"))),
        store(F32, reg("f32"), un("round", reg("round", "f32"))),
      ],
    );
    expect(printFunction("f", clash)).toMatchInlineSnapshot(`
      "/** test */
      function f(f32: Float32Array, in_: number, f32_: number): void {
        const round_ = f32[in_]!;
        f32[f32_] = round(round_);
      }
      "
    `);
  });

  it("refuses vectors and elementary functions", () => {
    const vector: Value = { kind: "splat", dtype: "f32", lanes: 4, operand: num(1) };
    expect(() => printed(vector)).toThrow("no vectors");
    expect(() => printed(un("exp", num(1)))).toThrow("decompose");
  });
});

const a = reg("a", "f32");
const b = reg("b", "f32");
const c = reg("c", "f32");
const i = reg("i");

describe("expressions", () => {
  const parameters = ["a", "b", "c", "p", "q"].map((name) => [name, F32] as const);
  const text = (value: Value): string => printed(value, parameters);
  const p = bin("lt", a, b);
  const q = bin("ge", b, c);

  it.each<[string, Value]>([
    ["a + b + c", add(add(a, b), c)],
    ["a + (b + c)", add(a, add(b, c))],
    ["a * (b + c)", mul(a, add(b, c))],
    ["a * b + c", add(mul(a, b), c)],
    ["a - (b - c)", bin("sub", a, bin("sub", b, c))],
    ["a / (b * c)", bin("div", a, mul(b, c))],
    ["a - 3", add(a, num(-3))],
    ["a + 3", bin("sub", a, num(-3))],
    ["a * -3", mul(a, num(-3))],
    ["-(a + b)", un("neg", add(a, b))],
    ["-(-a)", un("neg", un("neg", a))],
    ["-(-2)", un("neg", num(-2))],
    ["a % b", bin("rem", a, b)],
    ["Math.max(a, 0)", bin("max", a, num(0))],
    ["Math.sqrt(a + b)", un("sqrt", add(a, b))],
    ["Math.fround(a)", un("fround", a)],
    ["float(bits(a) & -2)", un("float", bin("and", un("bits", a, "i32"), int(-2)), "f32")],
    ["saturate(a / b)", cast("i32", bin("div", a, b))],
    ["a < b ? a : b", select(p, a, b)],
    ["(a < b ? a : b) + c", add(select(p, a, b), c)],
    ["a < b && b >= c ? a : b", select(bin("and", p, q), a, b)],
    [
      "(a < b || b >= c) && Number.isNaN(a) ? 1 : 0",
      cast("f32", bin("and", bin("or", p, q), un("isnan", a, "bool"))),
    ],
    ["!(a < b) ? 1 : 0", cast("f32", un("not", p))],
    ["a < b !== b >= c ? 1 : 0", bin("xor", p, q)],
    ["a !== 0 ? 1 : 0", cast("bool", a)],
    [
      "bits(a) & -2147483648 | 1",
      bin("or", bin("and", un("bits", a, "i32"), int(-2147483648)), int(1)),
    ],
    ["bits(a) >> 1 << 23", bin("shl", bin("shr", un("bits", a, "i32"), int(1)), int(23))],
  ])("%s", (expected, value) => {
    expect(text(value)).toBe(expected);
  });

  it.each([
    [0, "0"],
    [-0, "-0"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
    [NaN, "NaN"],
    [Math.fround(0.1), "0.10000000149011612"],
    [1e-45, "1e-45"],
    [2 ** 100, "1.2676506002282294e+30"],
  ])("prints the constant %s", (value, expected) => {
    expect(printed(num(value))).toBe(expected);
  });
});

describe("i32 arithmetic", () => {
  const x = load(I32, reg("x"));
  const inLoop = (value: Value): string =>
    / {4}i32\[x \+ i\] = (.*);/.exec(
      printParts(code([["x", I32]], [loop("i", 10, [store(I32, add(reg("x"), i), value)])])).body,
    )![1]!;

  it.each<[string, Value]>([
    ["i * 64 + 3", add(mul(i, int(64)), int(3))],
    ["i - 5", add(i, int(-5))],
    ["i32[x]! + 1 | 0", add(x, int(1))],
    ["Math.imul(i32[x]!, i32[x]!)", mul(x, x)],
    ["-i32[x]! | 0", un("neg", x)],
    [
      "Math.min(Math.max(i32[x]!, 0), 9) * 64",
      mul(bin("min", bin("max", x, int(0)), int(9)), int(64)),
    ],
    ["i / 3 | 0", bin("floordiv", i, int(3))],
    ["Math.floor((i - 1) / 3) | 0", bin("floordiv", add(i, int(-1)), int(3))],
    ["i % 3", bin("mod", i, int(3))],
    ["((i - 1) % 3 + 3) % 3", bin("mod", add(i, int(-1)), int(3))],
    ["i32[x]! / 3 | 0", bin("div", x, int(3))],
    ["Math.imul(i, 500000000)", mul(i, int(500000000))],
  ])("%s", (expected, value) => {
    expect(inLoop(value)).toBe(expected);
  });
});

describe("printed code computes what Stmt means", () => {
  it("for loops with accumulators", async () => {
    const kernels = await importFunctions(printFunction("dot", dot), ["dot"]);
    const f32 = Float32Array.from({ length: 10 }, (_, k) => k - 3);
    const weights = Float32Array.from({ length: 12 }, (_, k) => (k % 5) - 2);
    const expected = f32.slice();
    const none = new Int32Array(0);
    interpretStmt(
      dot,
      { arena: { f32: expected, i32: none }, constants: { f32: weights, i32: none } },
      [0, 0, 4],
    );
    kernels.get("dot")!(f32, weights, 0, 0, 4);
    expect([...f32]).toEqual([...expected]);
    expect([...f32.subarray(4, 8)].some((value) => value > 0)).toBe(true);
  });
});
