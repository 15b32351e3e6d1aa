/** Blocks of graphs whose names say nothing are parts that repeat, and folding them loses nothing. */
import { describe, expect, it } from "vitest";
import resnet from "../../examples/resnet50.js";
import unet from "../../examples/unet.js";
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { blocksOf, foldBlocks, foldedAtFirst } from "../../compiler/report-page/blocks.js";
import type { Views } from "../../compiler/report-page/data.js";
import { pictureOf, type Picture } from "../../compiler/report-page/items.js";
import { nodeTable } from "../../compiler/report-page/nodes.js";
import { repeatedBlocks } from "../../compiler/report-page/repeatedBlocks.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";

/** As exporters without scopes write it: layers by numbers. */
function numbered({ nodes, outputs, ...rest }: Definition): Definition {
  const names = new Map(nodes.map(({ name }, i): [Operand, Operand] => [`%${name}`, `%n${i}`]));
  const named = (operand: Operand): Operand => names.get(operand) ?? operand;
  return {
    ...rest,
    nodes: nodes.map((node, i) => ({
      ...node,
      name: `n${i}`,
      inputs: node.inputs.map((one) => (one === undefined ? one : named(one))),
    })),
    outputs: outputs.map((output) => ({ ...output, value: named(output.value) })),
  };
}

function pictureFor(definition: Definition): Picture {
  const graph = inferShapes(definition, {});
  const table = nodeTable();
  const nodes = table.addGraph(graph);
  const port = (type: Definition["inputs"][number]) => ({ name: type.name, type: "", dims: [] });
  const results = graph.outputs.map(({ name, value }) => [name, value.slice(1)] as const);
  const views: Views = {
    inputs: definition.inputs.map(port),
    outputs: graph.outputs.map(({ name }) => ({ name, type: "", dims: [] })),
    constants: [],
    nodes: table.nodes,
    views: [{ name: "infer-shapes", kind: "graph", nodes, results }],
  };
  return pictureOf(views, 0);
}

const opsOf = ({ items }: Picture, ids: readonly string[]): string =>
  ids.map((id) => items.find((item) => item.id === id)!.title).join(" ");

describe("blocks that repeat", () => {
  const picture = pictureFor(numbered(resnet));
  const blocks = blocksOf(picture);

  it("are those of ResNet-50, in stages, though no layer has a name", () => {
    const bottleneck = "conv batchNorm relu conv batchNorm relu conv batchNorm";
    const bodies = blocks.filter(({ path }) => /^A\d+$/.test(path));
    expect(bodies).toHaveLength(12);
    expect(new Set(bodies.map(({ items }) => opsOf(picture, items)))).toEqual(
      new Set([`${bottleneck} add relu`]),
    );
    const { items } = foldBlocks(picture, blocks, foldedAtFirst(picture, blocks));
    expect(items.map(({ title }) => title).join(" ")).toBe(
      "input conv batchNorm relu maxPool B1 B2 B3 B4 adaptiveAveragePool flatten matmul output",
    );
    expect(items.reduce((sum, { nodes }) => sum + nodes.length, 0)).toBe(picture.items.length);
  });

  it("lie in one another, outer ones first, each under a title of its own", () => {
    expect(new Set(blocks.map(({ path }) => path)).size).toBe(blocks.length);
    blocks.forEach(({ inside, items }, at) => {
      if (inside === undefined) return;
      const around = blocks.findIndex(({ path }) => path === inside);
      expect(around).toBeLessThan(at);
      expect(items.every((id) => blocks[around]!.items.includes(id))).toBe(true);
    });
  });

  it("fold in any order without losing an edge between what is seen", () => {
    const all = pictureFor(numbered(unet));
    const own = repeatedBlocks(all);
    expect(own.length).toBeGreaterThan(5);
    const { items, edges } = foldBlocks(all, own, new Set(own.map(({ path }) => path)));
    const shownAs = new Map(
      items.flatMap((item) =>
        item.kind === "block"
          ? own.find(({ path }) => path === item.title)!.items.map((id) => [id, item.id] as const)
          : [[item.id, item.id] as const],
      ),
    );
    const expected = all.edges
      .map(({ from, to }) => `${shownAs.get(from)!} > ${shownAs.get(to)!}`)
      .filter((edge) => new Set(edge.split(" > ")).size > 1);
    expect(new Set(edges.map(({ from, to }) => `${from} > ${to}`))).toEqual(new Set(expected));
  });

  it("are none where nothing repeats, and take no time where everything does", async () => {
    const chain = (count: number, op: (i: number) => string): Picture => {
      const items = Array.from({ length: count }, (_, i) => ({
        ...{ id: `node ${i}`, kind: "node" as const, title: op(i), nodes: [], detail: "" },
      }));
      const edges = items.slice(1).map(({ id }, i) => ({ from: items[i]!.id, to: id }));
      return { items, edges };
    };
    expect(repeatedBlocks(chain(50, (i) => `op${i}`))).toEqual([]);
    const long = chain(20_000, () => "relu");
    await expectWithin(4000, () => processorMs(() => repeatedBlocks(long)));
  });
});
