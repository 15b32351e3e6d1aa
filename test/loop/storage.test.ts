/** Elements of fewer bits than scalars: loads widen, stores narrow, and targets that lack them say so. */
import { describe, expect, it } from "vitest";
import type { KernelFunction, Memory, Stmt, Value } from "../../compiler/loop/stmt.js";
import { printStmt } from "../../compiler/loop/print.js";
import { bytesOf, type Storage } from "../../compiler/loop/storage.js";
import { stmtProblems } from "../../compiler/loop/verify.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import { printFunction } from "../../compiler/targets/ts/print.js";
import { printFunction as printWasm } from "../../compiler/targets/wasm/print.js";
import { code, load, reg, store } from "../support/primitives.js";
import { runOnWasm } from "../support/simd.js";

const memoryOf = (dtype: Storage): Memory => ({ dtype, space: "arena" });

/** Moves elements of one storage to another, the first `count` of them. */
function move(
  from: Storage,
  to: Storage,
  lanes = 1,
  as?: Value["dtype"],
  count = lanes,
): KernelFunction {
  const value = load(memoryOf(from), reg("x"), lanes);
  const stored = as === undefined ? value : { ...value, dtype: as };
  const whole = store(memoryOf(to), reg("out"), stored) as Extract<Stmt, { kind: "store" }>;
  return code(
    [
      ["x", memoryOf(from)],
      ["out", memoryOf(to)],
    ],
    [count < lanes ? { ...whole, count } : whole],
  );
}

/** What 4 elements are after a store and a load. */
function throughMemory(storage: Storage, values: readonly number[]): number[] {
  const isFloat = storage === "f16";
  const f32 = new Float32Array(12);
  const memory = { f32, i32: new Int32Array(f32.buffer) };
  const wide = isFloat ? "f32" : "i32";
  memory[wide].set(values);
  const bytes = storage === "i8" || storage === "u8" ? 1 : 2;
  const all = { arena: memory, constants: memory };
  interpretStmt(move(wide, storage, 4), all, [0, 16 / bytes]);
  interpretStmt(move(storage, wide, 4), all, [16 / bytes, 8]);
  return [...memory[wide].subarray(8)];
}

describe("storage", () => {
  it.each<readonly [Storage, readonly number[], readonly number[]]>([
    ["i8", [-128, 127, 128, 300], [-128, 127, -128, 44]],
    ["u8", [0, 255, 256, -1], [0, 255, 0, 255]],
    ["i16", [-32768, 32767, 40000, 65536], [-32768, 32767, -25536, 0]],
    ["f16", [0.5, 1 + 2 ** -11, 65519, -65520], [0.5, 1, 65504, -Infinity]],
  ])("of %s keeps what fits of %j", (storage, values, expected) => {
    expect(throughMemory(storage, values)).toEqual(expected);
  });

  it("is what accesses say, and widens to its scalar", () => {
    const text = printStmt(move("f16", "f32", 4));
    expect(text).toContain("kernel(x: arena f16, out: arena f32)");
    expect(text).toContain("arena.f32x4[out] = arena.f16x4[x]");
    expect(stmtProblems(move("f16", "f32"))).toEqual([]);
    expect(stmtProblems(move("u8", "i16"))).toEqual([]);
    expect(stmtProblems(move("u8", "f32"))).toEqual(["what is stored is i32×1, expected f32×1"]);
    expect(stmtProblems(move("i8", "f32", 1, "f32"))).toEqual(["a load is f32×1, expected i32×1"]);
  });

  it("is refused by targets that have no such elements", () => {
    expect(() => printFunction("f", move("f16", "f32"))).toThrow(
      "the TypeScript target has no values of f16 in its arena",
    );
    expect(() => printWasm("f", move("f32", "f16"), "plain")).toThrow(
      "the WebAssembly target stores no elements of f16",
    );
  });

  it.each(["i16", "i8", "u8"] as const)("of %s is what WebAssembly stores, one to four", (to) => {
    const values = [-129, 255, 70000, -32769, 5];
    const bytes = bytesOf(to);
    for (const lanes of [1, 4])
      for (let count = 1; count <= lanes; count++) {
        const [own, theirs] = [0, 1].map((which) => {
          const i32 = Int32Array.from([...values, 0, 0, 0]);
          const memory = { f32: new Float32Array(i32.buffer), i32 };
          const all = { arena: memory, constants: memory };
          const kernel = move("i32", to, lanes, undefined, count);
          const addresses = [0, 20 / bytes];
          if (which === 0) interpretStmt(kernel, all, addresses);
          else runOnWasm(kernel, all, addresses, "plain");
          return [...i32];
        });
        expect(theirs).toEqual(own);
        expect(own).not.toEqual([...values, 0, 0, 0]);
      }
  });
});
