/** Elements of fewer bits than scalars: loads widen, stores narrow, and targets that lack them say so. */
import { describe, expect, it } from "vitest";
import type { KernelFunction, Memory, Value } from "../../compiler/loop/stmt.js";
import { printStmt } from "../../compiler/loop/print.js";
import type { Storage } from "../../compiler/loop/storage.js";
import { stmtProblems } from "../../compiler/loop/verify.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import { printFunction } from "../../compiler/targets/ts/print.js";
import { printFunction as printWasm } from "../../compiler/targets/wasm/print.js";
import { code, load, reg, store } from "../support/primitives.js";

const memoryOf = (dtype: Storage): Memory => ({ dtype, space: "arena" });

/** Moves elements of one storage to another. */
function move(from: Storage, to: Storage, lanes = 1, as?: Value["dtype"]): KernelFunction {
  const value = load(memoryOf(from), reg("x"), lanes);
  return code(
    [
      ["x", memoryOf(from)],
      ["out", memoryOf(to)],
    ],
    [store(memoryOf(to), reg("out"), as === undefined ? value : { ...value, dtype: as })],
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
      "the TypeScript target has no elements of f16",
    );
    expect(() => printWasm("f", move("i32", "u8"), "plain")).toThrow(
      "the WebAssembly target has no elements of u8",
    );
  });
});
