/** What a view draws: items and edges, what changed, blocks and their folding, and where things stand. */
import { describe, expect, it } from "vitest";
import densenet from "../../examples/densenet121.js";
import resnet from "../../examples/resnet50.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { blocksOf, foldBlocks, foldedAtFirst } from "../../compiler/report-page/blocks.js";
import type { ReportData } from "../../compiler/report-page/data.js";
import { drawPicture } from "../../compiler/report-page/drawing.js";
import { gatherReport } from "../../compiler/report-page/gather.js";
import { pictureOf, type Picture } from "../../compiler/report-page/items.js";
import { nodeTable } from "../../compiler/report-page/nodes.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { RESIDUAL } from "./models.js";

/** Of a graph alone, without compiling it. */
function graphPicture(graph: Graph): Picture {
  const table = nodeTable();
  const nodes = table.addGraph(graph);
  const results = graph.outputs.map(({ name, value }) => [name, value.slice(1)] as const);
  const view = { name: "infer-shapes", kind: "graph", nodes, results } as const;
  const ports = { inputs: [{ name: "image", type: "" }], outputs: [{ name: "logits", type: "" }] };
  return pictureOf({ ...ports, nodes: table.nodes, views: [view] } as unknown as ReportData, 0);
}

describe("a view", async () => {
  const { data } = await gatherReport(parseDefinition(RESIDUAL), {});
  const at = (name: string): number => data.views.findIndex((view) => view.name === name);

  it("shows nodes and edges between the ports", () => {
    const { items, edges } = pictureOf(data, at("infer-shapes"));
    expect(items.map(({ kind }) => kind).filter((kind) => kind !== "node")).toEqual([
      "input",
      "output",
    ]);
    expect(edges).toContainEqual({ from: "input x", to: "node a1.conv" });
    expect(edges).toContainEqual({ from: "node flat", to: "output y" });
  });

  it("says what a pass changed, and keeps what is gone where it stood", () => {
    const { items, edges } = pictureOf(data, at("fold-batch-norm"));
    const changes = items.flatMap(({ id, change }) => (change === undefined ? [] : [[id, change]]));
    expect(changes).toEqual([
      ["node a1.conv", "gone"],
      ["node a1.norm", "changed"],
      ["node a2.conv", "gone"],
      ["node a2.norm", "changed"],
    ]);
    expect(edges).toContainEqual({ from: "input x", to: "node a1.conv", gone: true });
    expect(
      pictureOf(data, at("fold-batch-norm"), false).items.map(({ change }) => change),
    ).not.toContain("gone");
  });

  it("draws kernels round what they cover", () => {
    const { items, edges } = pictureOf(data, data.views.length - 1);
    const kernels = items.filter(({ kind }) => kind === "kernel");
    expect(kernels.map(({ nodes }) => nodes.map(({ name }) => name))).toContainEqual([
      "a1.norm",
      "relu_a1",
      "add_a1",
    ]);
    const ids = new Set(items.map(({ id }) => id));
    expect(edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    expect(edges.some(({ to }) => to === "output y")).toBe(true);
    expect(edges.some(({ from }) => from === "input x")).toBe(true);
  });
});

describe("blocks", () => {
  it("take in what has no name of its own", () => {
    const picture = graphPicture(inferShapes(resnet, {}));
    const blocks = blocksOf(picture);
    const block = blocks.find(({ path }) => path === "layer1.0")!;
    expect(block.inside).toBe("layer1");
    expect(block.items).toContain("node relu_2");
    expect(block.items.map((id) => id.replace(/_\d+$/, ""))).toContain("node add");
    expect(blocks.find(({ path }) => path === "layer1.0.downsample")!.items).toHaveLength(2);
  });

  it("fold to a chain, without losing an edge between what is seen", () => {
    const picture = graphPicture(inferShapes(densenet, {}));
    const blocks = blocksOf(picture);
    const folded = foldedAtFirst(picture, blocks);
    const { items, edges } = foldBlocks(picture, blocks, folded);
    expect(items.length).toBeLessThan(60);
    expect(items.map(({ title }) => title)).toContain("features.denseblock1");
    // Each is read by the next alone: all that a dense block keeps is inside it.
    expect(edges.map(({ from, to }) => [from, to])).toEqual(
      items.slice(1).map(({ id }, i) => [items[i]!.id, id]),
    );
    const inside = items.reduce((sum, { nodes }) => sum + nodes.length, 0);
    expect(inside).toBe(picture.items.length);
  });
});

describe("layout", () => {
  it("lets nothing overlap, and leaves long edges to arcs", () => {
    const { layout, items } = drawPicture(graphPicture(inferShapes(densenet, {})));
    const spots = [...layout.spots.values()].toSorted((a, b) => a.y - b.y);
    expect(items).toHaveLength(spots.length);
    const overlaps = spots.some((one, i) =>
      spots
        .slice(i + 1, i + 20)
        .some(
          (other) =>
            Math.abs(one.x - other.x) < (one.width + other.width) / 2 &&
            Math.abs(one.y - other.y) < (one.height + other.height) / 2,
        ),
    );
    expect(overlaps).toBe(false);
    expect(layout.routes.filter(({ arc }) => arc).length).toBeGreaterThan(400);
    const laid = layout.routes.filter(({ arc }) => !arc);
    expect(laid.every(({ points }) => points[0]![1] < points.at(-1)![1])).toBe(true);
  });
});
