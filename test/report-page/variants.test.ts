/** What a page says of memory and kernels is true of every kind of build: narrow weights, kernels at load, threads, every target. */
import { describe, expect, it } from "vitest";
import type { CompileOptions } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import type { KernelReport, Report } from "../../compiler/report.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { gatherReport } from "../../compiler/report-page/gather.js";

/** Windows for Winograd's algorithm, whose weights are made at load, and a product with many weights. */
const TEXT = `model net(%x: f32[1,32,12,12]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %b = relu(%a)
  %c = conv(%b, @v) {pads=[1,1,1,1]}
  %d = add(%c, %x)
  %e = reshape(%d) {shape=[1,4608]}
  %f = matmul(%e, @m) {axis=1}
  return y = %f, z = %d
}
@w : f32[32,32,3,3] = seed 1 center 0 spread 0.5
@v : f32[32,32,3,3] = seed 2 center 0 spread 0.5
@m : f32[48,4608] = seed 3 center 0 spread 0.5
`;

type Brief = Pick<KernelReport, "name" | "atLoad" | "algorithm" | "pieces">;

/** Bytes of buffers that are there at a moment. */
function liveAt({ memory }: ReportData, moment: number): number {
  const there = memory.buffers.filter(({ first, last }) => first <= moment && moment <= last);
  return there.reduce((sum, { bytes }) => sum + bytes, 0);
}

const VARIANTS: readonly (readonly [string, CompileOptions, (report: Report) => boolean])[] = [
  ["kernels at load", { target: "wasm" }, ({ overlaidBytes }) => overlaidBytes > 0],
  ["threads", { target: "wasm", threads: true }, ({ threads }) => threads!.shared > 1],
  ["int8", { target: "wasm", weightsType: "int8" }, (report) => "i8" in report.constantTypes],
  [
    "f16 and threads",
    { target: "wasm", weightsType: "f16", threads: true },
    ({ threads, constantTypes }) => "f16" in constantTypes && threads !== undefined,
  ],
  [
    "nothing over the arena",
    { target: "wasm", disable: ["overlay-constants"] },
    ({ overlaidBytes, kernels }) => overlaidBytes === 0 && kernels[0]!.atLoad === true,
  ],
  ["TypeScript", { target: "ts" }, ({ kernels }) => kernels.length > 2],
];

describe.each(VARIANTS)("a page of %s", async (_, options, isOne) => {
  const { data, result } = await gatherReport(parseDefinition(TEXT), options);
  const { report } = result;

  it("has the sizes and kernels of the build", () => {
    expect(isOne(report)).toBe(true);
    const { arenaBytes, constantBytes, overlaidBytes, constantTypes } = report;
    const { memory, totals, threads, kernels } = data;
    expect(totals).toMatchObject({ arenaBytes, constantBytes, overlaidBytes, constantTypes });
    expect([memory.arenaBytes, memory.lowerBound]).toEqual([arenaBytes, report.arenaLowerBound]);
    expect(memory.use).toEqual(report.arena);
    expect(threads).toEqual(report.threads);
    const brief = ({ name, atLoad, algorithm, pieces }: Brief) => ({
      ...{ name, atLoad, algorithm, pieces },
    });
    expect(kernels.map(brief)).toEqual(report.kernels.map(brief));
    expect(memory.inputs).toBe(kernels.filter(({ atLoad }) => atLoad === true).length);
  });

  it("draws buffers where they lie, no two in one place at one time", () => {
    const { arenaBytes, lowerBound, live, buffers } = data.memory;
    expect(live).toEqual(live.map((_, moment) => liveAt(data, moment)));
    expect(Math.max(...live)).toBe(lowerBound);
    for (const [i, a] of buffers.entries()) {
      expect(a.offset >= 0 && a.offset + a.bytes <= arenaBytes, a.name).toBe(true);
      for (const b of buffers.slice(i + 1)) {
        const meets = a.first <= b.last && b.first <= a.last;
        const isApart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        expect(!meets || isApart, `${a.name} ${b.name}`).toBe(true);
      }
    }
  });

  it("counts what kernels read in the bytes that they lie in", () => {
    const { kernels, totals } = data;
    const read = new Map(
      kernels.flatMap(({ reads }) =>
        reads.flatMap(({ name, bytes, type, constant }) =>
          constant && /^@/.test(name) ? [[name, { bytes, type }] as const] : [],
        ),
      ),
    );
    const sum = [...read.values()].reduce((all, { bytes }) => all + bytes, 0);
    // All but what fills up blocks and cache lines, and tables.
    expect(sum).toBeLessThanOrEqual(totals.constantBytes);
    expect(sum).toBeGreaterThan(0.95 * totals.constantBytes);
  });
});
