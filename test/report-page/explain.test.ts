/** What is said of a node: what rules did to it, where it went, and how its kernel runs. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { explainNode } from "../../compiler/report-page/explain.js";
import { gatherReport } from "../../compiler/report-page/gather.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { variantOf } from "../../compiler/targets/wasm/variants.js";
import { tunedKey } from "../../compiler/tune/apply.js";
import { RESIDUAL } from "./models.js";

const kernelOf = ({ kernels }: ReportData) =>
  kernels.find(({ covers }) => covers.includes("a1.norm"))!;

const story = (steps: readonly { readonly pass: string; readonly text: string }[]): string =>
  steps.map(({ pass, text }) => `${pass}: ${text}`).join("\n");

describe("explainNode", async () => {
  const { data, result } = await gatherReport(parseDefinition(RESIDUAL), { target: "wasm" });

  it("follows what is folded into another", () => {
    const [first, ...rest] = explainNode(data, "a1.conv");
    expect(story([first!])).toMatchInlineSnapshot(
      `"fold-batch-norm: it is gone; a1.norm computes it as well: conv(%x, @w.folded, @a1.conv.bias) {pads=[1,1,1,1]}"`,
    );
    // And goes on with the other's story.
    expect(rest).toEqual(explainNode(data, "a1.norm").slice(1));
  });

  it("follows what is rewritten and fused", () => {
    expect(story(explainNode(data, "a1.norm"))).toMatchInlineSnapshot(`
      "fold-batch-norm: fold-into-producer: batchNorm(%a1.conv, @s, @s, @s, @s) becomes conv(%x, @w.folded, @a1.conv.bias) {pads=[1,1,1,1]}
      fuse-kernels: fused with relu_a1, add_a1: kernel conv_relu_add; its value stays in registers
      in a run: kernel conv_relu_add calls conv_relu_add: 1×4×8×8, 4×4×3×3, 4 → 1×4×8×8 (256 elements)
      in a run: 9,216 multiply-adds
      in a run: reads %x#13 (1 KiB), @w.folded (576 B), @a1.conv.bias (16 B), writes %add_a1 (1 KiB)
      in a run: algorithm: windows as they are; multiply-adds of one group: windows as they are 9,907, winograd F(4×4, 3×3) 14,660, winograd F(3×4, 3×3) 17,080, winograd F(4×3, 3×3) 17,080, winograd F(4×5, 3×3) 17,760; anything else has to take less than 90 % of windows as they are
      in a run: axis over lanes: oc; instructions an element: oc 36.8, ic 37, ow 64.5, oh 64.5, kw 94
      in a run: order of loops: all channels for a row; bytes read again: all pixels for some channels 1,024, all channels for a row 4,608; weights are 576 bytes, and stay up to 262144; more than 786432 are read no more often than they must
      in a run: tile along ow: 4; pixels at full speed: 4 9.2, 5 9.61, 6 10, 7 12, 3 12.6
      in a run: loops by the target: for n<1, oh<8, oc<4 (4 lanes), ow<8 (4 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled)
      in a run: each step of kh: 48 multiply-adds of 4 lanes, 12 vectors and 24 numbers read"
    `);
    expect(story(explainNode(data, "add_a1"))).toMatchInlineSnapshot(`
      "fuse-kernels: fused with a1.norm, relu_a1: kernel conv_relu_add; its value is what the kernel writes; it ends there, for 2 layers read that
      in a run: kernel conv_relu_add calls conv_relu_add: 1×4×8×8, 4×4×3×3, 4 → 1×4×8×8 (256 elements)
      in a run: 9,216 multiply-adds
      in a run: reads %x#13 (1 KiB), @w.folded (576 B), @a1.conv.bias (16 B), writes %add_a1 (1 KiB)
      in a run: algorithm: windows as they are; multiply-adds of one group: windows as they are 9,907, winograd F(4×4, 3×3) 14,660, winograd F(3×4, 3×3) 17,080, winograd F(4×3, 3×3) 17,080, winograd F(4×5, 3×3) 17,760; anything else has to take less than 90 % of windows as they are
      in a run: axis over lanes: oc; instructions an element: oc 36.8, ic 37, ow 64.5, oh 64.5, kw 94
      in a run: order of loops: all channels for a row; bytes read again: all pixels for some channels 1,024, all channels for a row 4,608; weights are 576 bytes, and stay up to 262144; more than 786432 are read no more often than they must
      in a run: tile along ow: 4; pixels at full speed: 4 9.2, 5 9.61, 6 10, 7 12, 3 12.6
      in a run: loops by the target: for n<1, oh<8, oc<4 (4 lanes), ow<8 (4 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled)
      in a run: each step of kh: 48 multiply-adds of 4 lanes, 12 vectors and 24 numbers read"
    `);
  });

  it("says what is not moved", () => {
    expect(story(explainNode(data, "flat"))).toMatchInlineSnapshot(`
      "fuse-kernels: a kernel of its own, reshape; it ends there, for that is output y
      place-values: nothing has to be moved: its value lies where it is wanted already"
    `);
  });

  it("says what costs decided", () => {
    const { decisions, scheduled } = kernelOf(data);
    expect(decisions.map(({ what }) => what)).toEqual([
      "algorithm",
      "axis over lanes",
      "order of loops",
      "tile along ow",
    ]);
    expect(scheduled).toBe("by the target");
    for (const { candidates, chosen } of decisions) {
      const costs = candidates.map(([, cost]) => cost);
      expect(costs).toEqual(costs.toSorted((a, b) => a - b));
      expect(candidates.map(([name]) => name)).toContain(chosen);
    }
  });

  it("says which schedules a file has", async () => {
    const { kernel, places, schedules } = result.program.kernels.find(({ covers }) =>
      covers.includes("a1.norm"),
    )!;
    const key = tunedKey(variantOf.relaxed, kernel, places);
    const file = { key, engine: "wasm relaxed", kernel: "", runs: [], gain: 1.25, schedules };
    const { data } = await gatherReport(parseDefinition(RESIDUAL), {
      target: "wasm",
      schedules: [file],
    });
    expect(kernelOf(data).scheduled).toBe("by a file");
    expect(story(explainNode(data, "a1.norm"))).toMatch(
      /schedule: as a file of schedules has it; 1\.25 times as fast as the target's own[^]*loops by a file: for/,
    );
  });

  it("says nothing of what there is not", () => {
    expect(explainNode(data, "nobody")).toEqual([]);
  });
});
