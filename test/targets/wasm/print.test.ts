/** Printed WebAssembly reads as written by hand: locals, displacements, fused instructions, and bodies that become functions. */
import { describe, expect, it } from "vitest";
import { interpretStmt } from "../../../compiler/meaning/interpretStmt.js";
import type { Value } from "../../../compiler/loop/stmt.js";
import { printFunction } from "../../../compiler/targets/wasm/print.js";
import {
  add,
  assign,
  bin,
  code,
  F32,
  int,
  let_,
  load,
  loop,
  mul,
  num,
  reg,
  store,
  storing,
  un,
  WEIGHTS,
} from "../../support/primitives.js";
import { runOnWasm } from "../../support/simd.js";

const LANES = 4;

const none = { f32: new Float32Array(0), i32: new Int32Array(0) };

function splat(operand: Value): Value {
  return { kind: "splat", dtype: operand.dtype, lanes: LANES, operand };
}

/** out[ow, oc] = max(Σ x[ow, ic] · w[ic, oc], 0) for two pixels and four channels, x a row and an element too early. */
const tile = code(
  [
    ["x", F32],
    ["w", WEIGHTS],
    ["out", F32],
  ],
  [
    let_("acc_0", num(0, "f32", LANES), true),
    let_("acc_1", num(0, "f32", LANES), true),
    loop("ic", 3, [
      let_("x_ic", add(reg("x"), reg("ic"))),
      let_("w_ic", add(reg("w"), mul(reg("ic"), int(4)))),
      let_("wv", load(WEIGHTS, reg("w_ic"), LANES)),
      assign(
        "acc_0",
        add(
          reg("acc_0", "f32", LANES),
          mul(splat(load(F32, add(reg("x_ic"), int(-4)))), reg("wv", "f32", LANES)),
        ),
      ),
      assign(
        "acc_1",
        add(
          reg("acc_1", "f32", LANES),
          mul(splat(load(F32, add(reg("x_ic"), int(-1)))), reg("wv", "f32", LANES)),
        ),
      ),
    ]),
    store(F32, reg("out"), bin("max", reg("acc_0", "f32", LANES), num(0, "f32", LANES))),
    store(F32, add(reg("out"), int(4)), reg("acc_1", "f32", LANES)),
  ],
  "2×3, 3×4 → 2×4",
);

/** out[i, j] = scale · Σ x[i + k] over 600 terms, in enough rounds for bodies to become functions; scale is a vector boundary. */
const long = code(
  [
    ["x", F32],
    ["out", F32],
  ],
  [
    let_("scale", num(0.5, "f32", LANES)),
    loop("i", 16, [
      let_("x_i", add(reg("x"), reg("i"))),
      loop("j", 16, [
        let_("acc", num(0, "f32", LANES), true),
        loop("k", 600, [
          assign("acc", add(reg("acc", "f32", LANES), load(F32, add(reg("x_i"), reg("k")), LANES))),
        ]),
        store(
          F32,
          add(add(reg("out"), mul(reg("i"), int(64))), mul(reg("j"), int(4))),
          mul(reg("acc", "f32", LANES), reg("scale", "f32", LANES)),
        ),
      ]),
    ]),
  ],
);

describe("printFunction", () => {
  it("calls the bodies of long loops, so that engines can compile them better on the way", () => {
    const { text } = printFunction("long", long, "plain");
    expect(text.match(/\(func .*/g)).toEqual([
      "(func $long (param $x i32) (param $out i32)",
      "(func $long.i (param $x i32) (param $i i32) (param $out i32) (param $scale v128)",
    ]);
    expect(text).toContain("(call $long.i");
    const values = Float32Array.from({ length: 700 + 16 * 64 }, (_, i) => (i % 7) - 3);
    const run = (by: typeof interpretStmt): number[] => {
      const f32 = values.slice();
      by(long, { arena: { f32, i32: none.i32 }, constants: none }, [0, 700], true);
      return [...f32];
    };
    const got = run((one, memory, addresses) => runOnWasm(one, memory, addresses, "plain"));
    expect(got).toEqual(run(interpretStmt));
    expect(got.slice(700).some((value) => value !== 0)).toBe(true);
  });

  it("names locals, moves parameters and puts displacements into the access", () => {
    expect(printFunction("tile", tile, "relaxed").text).toMatchInlineSnapshot(`
      ";; 2×3, 3×4 → 2×4
      (func $tile (param $x i32) (param $w i32) (param $out i32)
        (local $acc_0 v128) (local $acc_1 v128) (local $ic i32) (local $x_ic i32) (local $w_ic i32)
        (local $wv v128)
        (local.set $x (i32.add (local.get $x) (i32.const -16)))
        (local.set $acc_0 (v128.const f32x4 0 0 0 0))
        (local.set $acc_1 (v128.const f32x4 0 0 0 0))
        (local.set $ic (i32.const 0))
        (loop $ic
          (local.set $x_ic (i32.add (local.get $x) (i32.mul (local.get $ic) (i32.const 4))))
          (local.set $w_ic (i32.add (local.get $w) (i32.mul (local.get $ic) (i32.const 16))))
          (local.set $wv (v128.load (local.get $w_ic)))
          (local.set $acc_0
            (f32x4.relaxed_madd (v128.load32_splat (local.get $x_ic)) (local.get $wv) (local.get $acc_0)))
          (local.set $acc_1
            (f32x4.relaxed_madd
              (v128.load32_splat offset=12 (local.get $x_ic))
              (local.get $wv)
              (local.get $acc_1)))
          (br_if $ic (i32.lt_s (local.tee $ic (i32.add (local.get $ic) (i32.const 1))) (i32.const 3))))
        (v128.store (local.get $out) (f32x4.pmax (local.get $acc_0) (v128.const f32x4 0 0 0 0)))
        (v128.store offset=16 (local.get $out) (local.get $acc_1)))
      "
    `);
  });

  it("multiplies and adds apart where fused instructions are missing", () => {
    const { text } = printFunction("tile", tile, "plain");
    expect(text).not.toContain("relaxed");
    expect(text).toContain("f32x4.add");
  });

  it("refuses what is not decomposed and vectors of other sizes", () => {
    expect(() => printFunction("f", storing(un("exp", num(1))), "plain")).toThrow("decompose");
    expect(() => printFunction("f", storing(num(1, "f32", 8)), "plain")).toThrow("vectors of 8");
  });
});
