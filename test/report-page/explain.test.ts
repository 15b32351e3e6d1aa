/** What is said of a node: what rules did to it, where it went, and how its kernel runs. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { explainNode } from "../../compiler/report-page/explain.js";
import { gatherReport } from "../../compiler/report-page/gather.js";
import { RESIDUAL } from "./models.js";

const story = (steps: readonly { readonly pass: string; readonly text: string }[]): string =>
  steps.map(({ pass, text }) => `${pass}: ${text}`).join("\n");

describe("explainNode", async () => {
  const { data } = await gatherReport(parseDefinition(RESIDUAL), { target: "wasm" });

  it("follows what is folded into another", () => {
    expect(story(explainNode(data, "a1.conv"))).toMatchInlineSnapshot(
      `"fold-batch-norm: it is gone; a1.norm computes it as well: conv(%x, @w.folded, @a1.conv.bias) {pads=[1,1,1,1]}"`,
    );
  });

  it("follows what is rewritten and fused", () => {
    expect(story(explainNode(data, "a1.norm"))).toMatchInlineSnapshot(`
      "fold-batch-norm: fold-into-producer: batchNorm(%a1.conv, @s, @s, @s, @s) becomes conv(%x, @w.folded, @a1.conv.bias) {pads=[1,1,1,1]}
      fuse-kernels: fused with relu_a1, add_a1: kernel conv_relu_add; its value stays in registers
      in a run: kernel conv_relu_add calls conv_relu_add: 1×4×8×8, 4×4×3×3, 4 → 1×4×8×8 (256 elements)
      in a run: 9,216 multiply-adds
      in a run: reads %x#13 (1 KiB), @w.folded (576 B), @a1.conv.bias (16 B), writes %add_a1 (1 KiB)
      in a run: for n<1, oh<8, oc<4 (4 lanes), ow<8 (4 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled)
      in a run: each step of kh: 48 multiply-adds of 4 lanes, 12 vectors and 24 numbers read"
    `);
    expect(story(explainNode(data, "add_a1"))).toMatchInlineSnapshot(`
      "fuse-kernels: fused with a1.norm, relu_a1: kernel conv_relu_add; its value is what the kernel writes; it ends there, for 2 layers read that
      in a run: kernel conv_relu_add calls conv_relu_add: 1×4×8×8, 4×4×3×3, 4 → 1×4×8×8 (256 elements)
      in a run: 9,216 multiply-adds
      in a run: reads %x#13 (1 KiB), @w.folded (576 B), @a1.conv.bias (16 B), writes %add_a1 (1 KiB)
      in a run: for n<1, oh<8, oc<4 (4 lanes), ow<8 (4 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled)
      in a run: each step of kh: 48 multiply-adds of 4 lanes, 12 vectors and 24 numbers read"
    `);
  });

  it("says what is not moved", () => {
    expect(story(explainNode(data, "flat"))).toMatchInlineSnapshot(`
      "fuse-kernels: a kernel of its own, reshape; it ends there, for that is output y
      place-values: nothing has to be moved: its value lies where it is wanted already"
    `);
  });

  it("says nothing of what there is not", () => {
    expect(explainNode(data, "nobody")).toEqual([]);
  });
});
