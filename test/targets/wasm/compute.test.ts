/** Printed WebAssembly computes the bits that Stmt means where every operation rounds. */
import { describe, expect, it } from "vitest";
import { interpretStmt } from "../../../compiler/meaning/interpretStmt.js";
import type { Combine } from "../../../compiler/compute/ir.js";
import type { KernelFunction, Value } from "../../../compiler/loop/stmt.js";
import { loadAssembler } from "../../../compiler/targets/wasm/assemble.js";
import {
  add,
  bin,
  code,
  F32,
  I32,
  int,
  let_,
  load,
  loop,
  mul,
  num,
  operandPairs,
  primitiveCases,
  reg,
  resultOf,
  store,
  storing,
} from "../../support/primitives.js";
import { createRandom } from "../../support/random.js";
import { printKernels, runOnWasm, SIMDS } from "../../support/simd.js";

const LANES = 4;

const none = { f32: new Float32Array(0), i32: new Int32Array(0) };

function splat(operand: Value): Value {
  return { kind: "splat", dtype: operand.dtype, lanes: LANES, operand };
}

/** All cases in one module. */
function compileCases(codes: readonly KernelFunction[], simd: (typeof SIMDS)[number]) {
  const functions = codes.map((one, i) => ({ name: `case${i}`, code: one }));
  const calls = functions.map(({ name }) => ({ function: name, arguments: [0, 0] }));
  const { text } = printKernels({ functions, calls, constantBytes: 0, arenaBytes: 64 }, simd);
  return { text, memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) };
}

describe.each(SIMDS)("with %s SIMD, printed code computes what Stmt means", (simd) => {
  it.each([1, LANES])("for every primitive on %i lanes", async (lanes) => {
    const assemble = await loadAssembler();
    const cases = Object.entries(primitiveCases(lanes));
    const codes = cases.map(([, { value }]) => storing(value));
    const { text, memory } = compileCases(codes, simd);
    const module = new WebAssembly.Module(assemble(text));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    cases.forEach(([title, one], k) => {
      for (const operands of operandPairs(one, lanes)) {
        const expected = resultOf(one, operands, (arena) =>
          interpretStmt(codes[k]!, { arena, constants: none }, [0, 2 * lanes], true),
        );
        const actual = resultOf(one, operands, ({ i32 }) => {
          const window = new Int32Array(memory.buffer, 0, i32.length);
          window.set(i32);
          (exports[`case${k}`] as (x: number, out: number) => void)(0, 8 * lanes);
          i32.set(window);
        });
        // Vectors take either zero of two for the lesser one.
        const zeros = lanes > 1 && /f32 (min|max)/.test(title);
        const plain = (values: readonly number[]) => (zeros ? values.map((v) => v + 0) : values);
        expect([title, operands, plain(actual)]).toEqual([title, operands, plain(expected)]);
      }
    });
  });

  const vector = load(F32, reg("x"), LANES);
  const integers = load(I32, reg("x"), LANES);
  const combines: readonly Combine[] = ["sum", "prod", "min", "max"];
  const moves: Readonly<Record<string, Value>> = {
    splat: splat(load(F32, add(reg("x"), int(2)))),
    "splat of a bool": {
      ...splat(bin("lt", load(F32, reg("x")), num(0))),
      dtype: "bool",
    },
    pack: {
      kind: "build",
      dtype: "f32",
      lanes: LANES,
      operands: [3, 0, 2, 1].map((i) => load(F32, add(reg("x"), int(i)))),
    },
    "pack of sums": {
      kind: "build",
      dtype: "i32",
      lanes: LANES,
      operands: [3, 0, 2, 1].map((i) => add(load(I32, add(reg("x"), int(i))), int(1))),
    },
    "pack of bools": {
      kind: "build",
      dtype: "bool",
      lanes: LANES,
      operands: [3, 0, 2, 1].map((i) => bin("lt", load(F32, add(reg("x"), int(i))), num(0))),
    },
    ...Object.fromEntries(
      [0, 1, 2, 3].map((lane) => [
        `lane ${lane}`,
        { kind: "extract", dtype: "f32", lanes: 1, operand: vector, lane } as const,
      ]),
    ),
    "lane of bools": {
      kind: "extract",
      dtype: "bool",
      lanes: 1,
      operand: bin("lt", vector, num(0, "f32", LANES)),
      lane: 1,
    },
    ...Object.fromEntries(
      [
        [0, 4, 1, 5],
        [2, 3, 6, 7],
        [7, 0, 3, 3],
      ].flatMap((picks) =>
        ([vector, integers] as const).map((left) => [
          `shuffle ${picks.join(" ")} of ${left.dtype}`,
          { kind: "shuffle", dtype: left.dtype, lanes: LANES, left, right: left, picks } as const,
        ]),
      ),
    ),
    ...Object.fromEntries(
      [1, 2, 3].flatMap((count) =>
        [0, -Infinity].map((fill) => [
          `keep ${count} and ${fill}`,
          { kind: "mask", dtype: "f32", lanes: LANES, operand: vector, count, fill } as const,
        ]),
      ),
    ),
    ...Object.fromEntries(
      combines.flatMap((combine) =>
        [vector, integers].map((operand) => [
          `fold ${combine} of ${operand.dtype}`,
          { kind: "reduce", dtype: operand.dtype, lanes: 1, combine, operand } as const,
        ]),
      ),
    ),
  };

  it.each(Object.entries(moves))("for %s", (_, value) => {
    const one = { value, operands: [], float: true };
    const operands = [1.5, -2.25, 1e30, -7];
    const run = (by: typeof interpretStmt): number[] =>
      resultOf(one, operands, (arena) =>
        by(storing(value), { arena, constants: none }, [0, 4], true),
      );
    const got = run((one_, memory, addresses) => runOnWasm(one_, memory, addresses, simd));
    expect(got).toEqual(run(interpretStmt));
  });

  it.each([1, 2, 3, 4])("for %i lanes in and out, without a byte more", (count) => {
    const value: Value = {
      kind: "load",
      dtype: "f32",
      lanes: LANES,
      memory: F32,
      address: reg("x"),
      ...(count < LANES ? { count } : {}),
    };
    const partial = code(
      [
        ["x", F32],
        ["out", F32],
      ],
      [{ ...store(F32, reg("out"), value), count } as ReturnType<typeof store>],
    );
    const f32 = new Float32Array(2 * count + 4).fill(-1);
    f32.set([1, 2, 3, 4].slice(0, count));
    runOnWasm(partial, { arena: { f32, i32: none.i32 }, constants: none }, [0, count], simd);
    const moved = [1, 2, 3, 4].slice(0, count);
    expect([...f32]).toEqual([...moved, ...moved, -1, -1, -1, -1]);
  });

  it("for addresses that go down, before the place, and with opaque parts", () => {
    const at = (value: Value): Value => load(F32, value);
    const backwards = add(add(reg("x"), mul(reg("i"), int(-2))), int(6));
    const before = add(reg("x_i"), int(-3));
    const opaque = add(
      add(reg("x"), mul(bin("mod", add(reg("i"), int(-1)), int(4)), int(2))),
      int(1),
    );
    const walk = code(
      [
        ["x", F32],
        ["out", F32],
      ],
      [
        loop("i", 4, [
          let_("x_i", add(reg("x"), reg("i"))),
          store(F32, add(reg("out"), mul(reg("i"), int(3))), at(backwards)),
          store(F32, add(add(reg("out"), mul(reg("i"), int(3))), int(1)), {
            kind: "guard",
            dtype: "f32",
            lanes: 1,
            condition: bin("ge", reg("i"), int(3)),
            then: at(before),
            otherwise: num(-5),
          }),
          store(F32, add(add(reg("out"), mul(reg("i"), int(3))), int(2)), at(opaque)),
        ]),
      ],
    );
    const run = (by: typeof interpretStmt): number[] => {
      const f32 = Float32Array.from({ length: 20 }, (_, i) => i);
      by(walk, { arena: { f32, i32: none.i32 }, constants: none }, [0, 8], true);
      return [...f32];
    };
    const got = run((one, memory, addresses) => runOnWasm(one, memory, addresses, simd));
    expect(got).toEqual(run(interpretStmt));
  });

  it("for remainders of floats far apart", () => {
    const random = createRandom(5);
    const bits = new Int32Array(2);
    const floats = new Float32Array(bits.buffer);
    const rem = storing(bin("rem", load(F32, reg("x")), load(F32, add(reg("x"), int(1)))));
    for (let i = 0; i < 200; i++) {
      bits[0] = random.int(0, 0x7f7fffff) * (random.chance(0.5) ? 1 : -1);
      bits[1] = random.int(1, 0x7f7fffff);
      const f32 = new Float32Array([...floats, 0]);
      runOnWasm(rem, { arena: { f32, i32: none.i32 }, constants: none }, [0, 2], simd);
      expect(f32[2], `${floats[0]} % ${floats[1]}`).toBe(Math.fround(floats[0]! % floats[1]!));
    }
  });
});

it.runIf(SIMDS.includes("relaxed"))("rounds a product and a sum once where they are fused", () => {
  // (1 + 2^-12)² − (1 + 2^-11) is 2^-24, which a product of 24 bits has lost.
  const x = 1 + 2 ** -12;
  const f32 = new Float32Array(32).fill(x);
  const rest = mul(splat(load(F32, reg("x"))), load(F32, reg("x"), LANES));
  const sum = storing(add(num(-1 - 2 ** -11, "f32", LANES), rest));
  const run = (simd: (typeof SIMDS)[number]): number => {
    const memory = { arena: { f32: f32.slice(), i32: none.i32 }, constants: none };
    runOnWasm(sum, memory, [0, 24], simd);
    return memory.arena.f32[24]!;
  };
  expect(run("plain")).toBe(0);
  expect(run("relaxed")).toBe(2 ** -24);
});
