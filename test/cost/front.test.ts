/** What compiling costs up to the Graph after all passes: n log n in whatever is large, on a stack of any depth. */
import { describe, expect, it } from "vitest";
import { summarizeGraph } from "../../compiler/analysis/summary.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { exposeLayers } from "../../compiler/graph/expose.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseText } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { hashModel } from "../../compiler/modelHash.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { runPasses } from "../../compiler/passes/index.js";
import { tensor } from "../../compiler/base/tensor.js";
import { memoryGrowth, MOST_GROWTH, timeGrowth, type WorkOf } from "./growth.js";
import { rewrittenModels } from "./rewrittenModels.js";
import type { SizedModel } from "./sizedModel.js";
import { sizedModels } from "./sizedModels.js";
import { expectWithin, processorMs } from "../support/timeLimits.js";
import { unlimited } from "../support/unlimited.js";

/** Of the largest models; a machine at rest takes a fifth of it. */
const MOST_MS = 3_000;
/** What each element of the largest models takes, over what each of those takes that are timed. */
const MOST_DEARER = 4;

const front = (definition: Definition): Graph => runPasses(inferShapes(definition, unlimited()));

/** Prepares a piece of work on a model, and returns what does it. */
type Work = (definition: Definition) => () => unknown;

const on =
  (work: Work, { build }: SizedModel): WorkOf =>
  (size) =>
    work(build(size));

const models = [...sizedModels, ...rewrittenModels];

describe("definition => graph after all passes", () => {
  it.each(models)("grows as the number of $title", async (model) => {
    const work = on((definition) => () => front(definition), model);
    expect(await timeGrowth(work, model.timed)).toBeLessThan(MOST_GROWTH);
    expect(await memoryGrowth(work, model.timed)).toBeLessThan(MOST_GROWTH);
  });

  it.each(models)("takes $largest $title", async ({ largest, timed, build }) => {
    const [few, many] = [build(timed), build(largest)];
    let graph: Graph | undefined;
    let ms = 0;
    await expectWithin(MOST_MS, async () => (ms = await processorMs(() => (graph = front(many)))));
    verifyGraph(graph!);
    const each = (await processorMs(() => front(few))) / timed;
    expect(ms / largest / each).toBeLessThan(MOST_DEARER);
  });
});

describe("files", () => {
  it.each(sizedModels)("of $largest $title are read", async ({ largest, build }) => {
    const graph = inferShapes(build(largest), unlimited());
    const [text, bytes] = [printGraph(graph), exportOnnx(graph)];
    await expectWithin(MOST_MS, () => processorMs(() => parseText(text, unlimited().budget)));
    await expectWithin(MOST_MS, () => processorMs(() => readOnnx(bytes, unlimited())));
  });
});

/** What else is done to whole models on the way. */
const works: readonly { readonly title: string; readonly work: Work }[] = [
  { title: "printing and parsing", work: onGraph((graph) => parseText(printGraph(graph))) },
  {
    title: "writing and reading ONNX",
    work: onGraph((graph) => readOnnx(exportOnnx(graph), unlimited())),
  },
  { title: "the model's hash", work: (definition) => () => hashModel(definition) },
  { title: "verifying", work: onGraph(verifyGraph) },
  {
    title: "exposing every layer",
    work: (definition) => () =>
      exposeLayers(
        definition,
        definition.nodes.map(({ name }) => name),
      ),
  },
];

describe.each(works)("$title", ({ work }) => {
  it.each(sizedModels)("grows as the number of $title", async (model) => {
    expect(await timeGrowth(on(work, model), model.timed)).toBeLessThan(MOST_GROWTH);
  });
});

describe("pointwise nodes in a chain", () => {
  const chain = sizedModels[0]!;

  it("are evaluated and summed up in time that grows as their number", async () => {
    const evaluating = onGraph((graph) => evaluateGraph(graph, zeros(graph)));
    expect(await timeGrowth(on(evaluating, chain), chain.timed)).toBeLessThan(MOST_GROWTH);
    expect(await timeGrowth(on(onGraph(summarizeGraph), chain), chain.timed)).toBeLessThan(
      MOST_GROWTH,
    );
  });
});

function onGraph(run: (graph: Graph) => unknown): Work {
  return (definition) => {
    const graph = inferShapes(definition, unlimited());
    return () => run(graph);
  };
}

function zeros({ inputs }: Graph) {
  return new Map(
    inputs.map(({ name, type }) => {
      const count = type.dims.reduce((product, dim) => product * dim, 1);
      return [name, tensor(type.dtype, type.dims, new Float32Array(count))] as const;
    }),
  );
}
