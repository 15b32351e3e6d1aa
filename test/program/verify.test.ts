/** Programs that are wrong in one place, and what the verifier says of them. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition, parseGraph } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Buffer, Program, ProgramKernel } from "../../compiler/program/program.js";
import { programProblems } from "../../compiler/program/verify/index.js";
import { sampleOf } from "../../compiler/program/verify/rewriting.js";
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

const problemsOf = (wrong: Program): string =>
  programProblems(wrong, "allocate-buffers").join("\n");

const kernelOf = (node: string): ProgramKernel =>
  program.kernels.find(({ covers }) => covers.at(-1) === node)!;

function withBuffer(node: string, change: Partial<Buffer>): Program {
  const { buffer } = kernelOf(node).places["out"]!;
  const buffers = program.buffers.map((one, id) => (id === buffer ? { ...one, ...change } : one));
  return { ...program, buffers };
}

/** %e is made at load, and read by the first kernel of a run alone; nobody reads %z. */
const loading = planGraph(
  parseGraph(`graph net(%x: f32[4,4], %z: f32[4,4]) {
  %e = sin(@w) : f32[4,4]
  %a = matmul(%x, %e) : f32[4,4]
  %b = matmul(%a, %x) : f32[4,4]
  %y = matmul(%b, %x) : f32[4,4]
  return y = %y
}
@w : f32[4,4] = seed 1 center 0 spread 1
`),
);

/** With the buffer of one value laid over that of another. */
function laidOver(one: string, other: string): Program {
  const bufferOf = (name: string) =>
    loading.values.find((value) => value.name === name)!.place!.buffer;
  const { offset } = loading.buffers[bufferOf(other)]!;
  const buffers = loading.buffers.map((buffer, id) =>
    id === bufferOf(one) ? { ...buffer, offset: offset! } : buffer,
  );
  return { ...loading, buffers };
}

describe("the verifier of programs", () => {
  it.each(["z", "b"])("sees %s laid over what was made at load for the next run", (name) => {
    expect(problemsOf(loading)).toBe("");
    expect(problemsOf(laidOver(name, "e"))).toMatch(/share bytes while both are wanted/);
  });

  it("accepts what planning makes", () => {
    expect(problemsOf(program)).toBe("");
  });

  it("sees a buffer laid over one that is still needed", () => {
    const { offset } = program.buffers[kernelOf("b").places["out"]!.buffer]!;
    expect(problemsOf(withBuffer("c", { offset: offset! }))).toBe(
      "the buffers of b and c share bytes while both are wanted",
    );
  });

  it("sees a kernel that comes too early", () => {
    const early = kernelOf("c");
    const kernels = [early, ...program.kernels.filter((one) => one !== early)];
    expect(problemsOf({ ...program, kernels })).toContain(
      "reads b but finds nothing".replace("b", "%b"),
    );
    expect(programProblems({ ...program, kernels }, "place-values").join("\n")).toContain(
      "reads %b before it is written",
    );
  });

  it("sees a buffer too small for its place", () => {
    expect(problemsOf(withBuffer("b", { size: 10 }))).toMatch(
      /%b reaches from \d+ to \d+ in a buffer of 10/,
    );
  });

  it("sees a value that is written twice", () => {
    const kernels = program.kernels.flatMap((kernel) =>
      kernel === kernelOf("b") ? [kernel, { ...kernel, name: "again" }] : [kernel],
    );
    expect(programProblems({ ...program, kernels }, "place-values")).toEqual([
      "288 of 144 elements of %b are written",
    ]);
  });

  it("sees an output that nothing writes", () => {
    const gone = program.values.findIndex(({ name }) => name === "a");
    const outputs = program.outputs.map((output) => ({ ...output, value: gone }));
    expect(programProblems({ ...program, outputs }, "place-values")).toEqual([
      "output y is %a, which nothing writes",
    ]);
  });
});

it("samples every place that a tile of up to seven outputs has, along each dimension", () => {
  for (let dim = 1; dim < 40; dim++)
    for (let outputs = 1; outputs <= 7; outputs++) {
      const sample = sampleOf([3, dim], 0);
      const places = new Set(sample.map(([, at]) => at! % outputs));
      expect(places.size, `${dim} in tiles of ${outputs}`).toBe(Math.min(dim, outputs));
    }
});

it("holds sums apart whose axes have the same names: windows of a convolution and of the max-pool in its strip", () => {
  const stem = parseDefinition(`model stem(%x: u8[1,3,224,224]) {
  %c = conv(%x, @w) {zero=0, strides=[2,2], pads=[3,3,3,3]}
  %f = cast(%c) {to="f32"}
  %s = mul(%f, @s)
  %l = clip(%s) {min=0, max=255}
  %q = cast(%l) {to="u8"}
  %y = maxPool(%q) {kernel=[3,3], strides=[2,2], pads=[1,1,1,1]}
  return y = %y
}
@w : i8[64,3,7,7] = seed 1 center 0 spread 100
@s : f32[64,1,1] = seed 2 center 0.001 spread 0.0005
`);
  const { kernels } = planModel(stem, { target: "wasm" }).program;
  const [strip] = kernels.filter(({ algorithm }) => algorithm === "dots of bytes");
  const taps = strip!.kernel.computes.flatMap(({ reduce }) => reduce);
  expect(taps.filter(({ name }) => name === "kh").map(({ extent }) => extent)).toContain(3);
});
