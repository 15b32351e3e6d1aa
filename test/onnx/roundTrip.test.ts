/** Example networks exported to ONNX and read again are the same Programs. */
import { describe, expect, it } from "vitest";
import { networks } from "../../examples/index.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { packConstants } from "../../compiler/program/pack.js";
import { printProgram } from "../../compiler/program/print.js";
import { valueNames } from "../../compiler/program/valueNames.js";
import type { Program } from "../../compiler/program/program.js";
import { planGraph } from "../support/runProgram.js";

/**
 * The Program with constants numbered, values by name, and with attributes as ONNX keeps them, in f32. A split is a slice
 * there: which of them a copy that is not there would have been says nothing.
 */
function programText(program: Program): string {
  const nameOf = valueNames(program.values);
  const kernels = program.kernels.map(({ operands, output, ...kernel }) => {
    const read = Object.entries(operands).map(([source, value]) => [source, nameOf(value)]);
    return JSON.stringify({ ...kernel, read, output: nameOf(output) }, (_, value: unknown) =>
      typeof value === "number" ? String(Math.fround(value)) : value,
    );
  });
  const names = program.constants.map(({ constant }) => `@${constant.name}`);
  const numbers = new Map(names.map((name, i) => [name, `@${i}`]));
  const longestFirst = [...numbers].sort(([a], [b]) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map(([name]) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
    "g",
  );
  return [printProgram(program).replace(/no copy: \w+/g, "no copy:"), ...kernels]
    .join("\n")
    .replace(pattern, (name) => numbers.get(name)!);
}

const planned = (raw: Graph): Program => planGraph(runPasses(raw));

describe("exported and read again", () => {
  it.each(networks.map(({ name, create }) => [name, create] as const))("%s", (_, create) => {
    const raw = inferShapes(create({ width: 0.25 }), {});
    const again = inferShapes(readOnnx(exportOnnx(raw)), {});
    const [before, after] = [planned(raw), planned(again)];
    expect(programText(after)).toBe(programText(before));
    expect(Buffer.compare(packConstants(after), packConstants(before))).toBe(0);
  });
});
