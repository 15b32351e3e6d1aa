/** Programs that are wrong in one place, and what the verifier says of them. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Buffer, Program } from "../../compiler/program/program.js";
import { programProblems } from "../../compiler/program/verify/index.js";
import { planGraph } from "../support/runProgram.js";

const program = planGraph(
  inferShapes(
    parseDefinition(`model net(%x: f32[1,3,6,6]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %b = relu(%a)
  %c = conv(%b, @v) {pads=[1,1,1,1]}
  %e = conv(%c, @v) {pads=[1,1,1,1]}
  %d = add(%b, %e)
  return y = %d
}
@w : f32[4,3,3,3] = seed 1 center 0 spread 1
@v : f32[4,4,3,3] = seed 2 center 0 spread 1
`),
  ),
);

const bufferOf = (value: string): string =>
  program.kernels.find(({ output, role }) => output === value && role === "compute")!.places["out"]!
    .buffer;

function withBuffer(name: string, change: Partial<Buffer>): Program {
  const buffers = program.buffers.map((buffer) =>
    buffer.name === name ? { ...buffer, ...change } : buffer,
  );
  return { ...program, buffers };
}

describe("the verifier of programs", () => {
  it("accepts what planning makes", () => {
    expect(programProblems(program)).toEqual([]);
  });

  it("sees a buffer laid over one that is still needed", () => {
    const [b, c] = [bufferOf("%b"), bufferOf("%c")];
    const { offset } = program.buffers.find(({ name }) => name === b)!;
    expect(programProblems(withBuffer(c, { offset: offset! }))).toEqual([
      "conv_add reads %b but finds %c",
    ]);
  });

  it("sees a kernel that comes too early", () => {
    const computing = program.kernels.filter(({ role }) => role === "compute");
    const kernels = [computing[1]!, ...program.kernels.filter((one) => one !== computing[1])];
    expect(programProblems({ ...program, kernels }).join("\n")).toContain(
      "reads %b before it is written",
    );
  });

  it("sees a buffer too small for its place", () => {
    const b = bufferOf("%b");
    expect(programProblems(withBuffer(b, { size: 10 })).join("\n")).toMatch(
      /%b reaches from \d+ to \d+ in a buffer of 10/,
    );
  });

  it("sees a value that is written twice", () => {
    const kernels = program.kernels.flatMap((kernel) =>
      kernel.output === "%b" && kernel.role === "compute"
        ? [kernel, { ...kernel, name: "again" }]
        : [kernel],
    );
    expect(programProblems({ ...program, kernels })).toEqual(["again writes %b again"]);
  });

  it("sees an output that nothing writes", () => {
    const outputs = program.outputs.map((output) => ({ ...output, value: "%gone" as const }));
    expect(programProblems({ ...program, outputs })).toEqual([
      "output y is %gone, which nothing writes",
    ]);
  });
});
