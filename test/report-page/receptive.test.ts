/** What a page says that positions of layers see is what following every index finds. */
import { describe, expect, it } from "vitest";
import { inputsSeen } from "../../compiler/analysis/receptiveField.js";
import { summarizeGraph, type SummaryRow } from "../../compiler/analysis/summary.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { SeenByLayer } from "../../compiler/report-page/data.js";
import { fieldsOf } from "../../compiler/report-page/fields.js";
import { boxesSeen } from "../../compiler/report-page/receptive.js";
import { RESIDUAL } from "./models.js";

/** That what is said of every position of every map is what following every index finds. */
function expectSeen(
  { inputs, ...graph }: Graph,
  layers: readonly SummaryRow[],
  seen: readonly SeenByLayer[],
): void {
  for (const { name, dims, receptiveFields } of layers) {
    if (dims.length !== 4) continue;
    const [{ input, axes } = { input: "", axes: [] }] = receptiveFields;
    const own = seen.find(({ layer }) => layer === name)?.axes ?? axes;
    const { type } = inputs.find((one) => one.name === input)!;
    const wrong: string[] = [];
    // Ends, where borders are, and what is between them.
    const some = (length: number): number[] => [0, 1, length >> 1, length - 1];
    for (const row of some(dims[2]!))
      for (const column of some(dims[3]!)) {
        const [box] = boxesSeen(own, dims, type.dims, row, column);
        const [found] = inputsSeen({ inputs, ...graph }, name, [0, 0, row, column]);
        const { from, to } = found!;
        const same = [box!.top, box!.left, box!.bottom, box!.right].join() === [from, to].join();
        if (!same) wrong.push(`${name} ${row},${column}`);
      }
    expect(wrong).toEqual([]);
  }
}

/** What is resized, turned round, joined and flattened. */
const UP = `model up(%x: f32[1,1,6,9]) {
  %down = conv(%x, @w) {strides=[2,2]}
  %up = convTranspose(%down, @w) {strides=[2,2]}
  %turned = transpose(%up) {permutation=[0,1,3,2]}
  %again = transpose(%turned) {permutation=[0,1,3,2]}
  %both = add(%up, %again)
  %flat = reshape(%both) {shape=[1,45]}
  return y = %flat
}
@w : f32[1,1,3,3] = seed 1 center 0 spread 0.5
`;

describe("receptive fields", () => {
  it("are by the formula what following every index finds", () => {
    const graph = inferShapes(parseDefinition(RESIDUAL), {});
    const { layers } = summarizeGraph(graph);
    const seen = fieldsOf(graph, layers);
    expect(seen.map(({ layer }) => layer)).toEqual(["flat"]);
    expectSeen(graph, layers, seen);
  });

  it("are said position by position where there is no formula for all", () => {
    const up = inferShapes(parseDefinition(UP), {});
    const { layers } = summarizeGraph(up);
    const seen = fieldsOf(up, layers);
    expect(seen.map(({ layer }) => layer)).toEqual(["up", "turned", "again", "both", "flat"]);
    expectSeen(up, layers, seen);
    // Elements of a vector see all that any of them does.
    expect(seen.at(-1)!.axes).toEqual([
      { from: [0], to: [4] },
      { from: [0], to: [8] },
    ]);
  });

  it("of a video are in every frame that is seen", () => {
    const axes = [3, 1, 1].map((size, d) => ({
      ...{ dim: d + 2, size, stride: 1 },
      start: size === 3 ? -1 : 0,
    }));
    const dims = [1, 2, 4, 5, 6];
    // Row 7 is row 2 of frame 1.
    expect(boxesSeen(axes, dims, dims, 7, 3).map(({ top, left }) => [top, left])).toEqual([
      [2, 3],
      [7, 3],
      [12, 3],
    ]);
    expect(boxesSeen([{ size: 2, stride: 1, start: -4 }], [1, 1, 3], [1, 1, 3], 0, 0)).toEqual([]);
  });
});
