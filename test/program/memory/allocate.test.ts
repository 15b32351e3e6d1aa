/** Programs of very many buffers take hardly more memory than is live at once. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { arenaLowerBound } from "../../../compiler/program/memory/lifetimes.js";
import { planProgram } from "../../../compiler/program/passes.js";
import { scalarTarget } from "../../support/runProgram.js";

/** Of %x: f32[4,4]; every kernel keeps a row for itself, every tenth sum reads a value from long before. */
function planChain(length: number) {
  const lines = Array.from({ length }, (_, i) => {
    const [from, old] = [i === 0 ? "x" : `s${i - 1}`, `s${i - 10}`];
    const sum = i % 10 === 9 && i > 10 ? `  %a${i} = add(%${from}, %${old})\n` : "";
    return `${sum}  %s${i} = softmax(%${sum === "" ? from : `a${i}`}) {axis=1}\n`;
  });
  const text = `model m(%x: f32[4,4]) {\n${lines.join("")}  return y = %s${length - 1}\n}\n`;
  return planProgram(inferShapes(parseDefinition(text)), scalarTarget);
}

describe("allocation", () => {
  it.each([900, 1100])("of a chain of %d kernels with scratch memory", (length) => {
    const program = planChain(length);
    // Placed in other ways below and above this many.
    expect(program.buffers.length > 2048).toBe(length > 1000);
    expect(program.arenaBytes).toBe(arenaLowerBound(program));
    expect(program.arenaBytes).toBe(4 * 64);
  });
});
