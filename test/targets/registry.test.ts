/** A target is a folder and a line: nobody else knows its name, and its variants are told apart by theirs. */
import { describe, expect, it } from "vitest";
import type { CompileOptions } from "../../compiler/compile.js";
import { TARGET_NAMES, targets, VARIANTS } from "../../compiler/targets/index.js";
import { importers, namings } from "./naming.js";

describe("the registry", () => {
  it("has every target under its own name, and variants of different names", () => {
    for (const name of TARGET_NAMES) expect(targets[name].name).toBe(name);
    const names = VARIANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(TARGET_NAMES)("is the only file of the compiler that imports %s", (name) => {
    const where = importers(`compiler/targets/${name}`).filter((one) => !one.startsWith("test/"));
    expect(where).toHaveLength(1);
    expect(where[0]).toMatch(/^compiler\/targets\/registry\.ts:/);
  });

  it.each(TARGET_NAMES)("is all that names %s, but for the default", (name) => {
    const others = namings(targets[name]).filter(
      (one) => !one.startsWith("compiler/targets/index.ts:"),
    );
    expect(others).toEqual([]);
  });
});

it("names and imports are found where there are some", () => {
  const [name] = TARGET_NAMES;
  expect(namings({ ...targets[name!], name: "channels-last" }).length).toBeGreaterThan(0);
  const flag = { usage: "--weights <where>", description: "", words: [], meaning: () => ({}) };
  expect(namings({ ...targets[name!], flags: [flag] }).length).toBeGreaterThan(1);
  expect(importers("compiler/emit").length).toBeGreaterThan(5);
});

it("what a target can be asked for is typed with the rest", () => {
  const good: CompileOptions = { target: "wasm", simd: "plain", wasm: "file", wat: true };
  // @ts-expect-error no such engines
  const wrong: CompileOptions = { simd: "avx" };
  // @ts-expect-error no such option
  const unknown: CompileOptions = { vectors: 8 };
  expect([good, wrong, unknown]).toHaveLength(3);
});
