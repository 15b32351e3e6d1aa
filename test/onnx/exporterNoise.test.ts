/** What exporters write for one op, as they write it: one op again, of the same values, and near misses left alone. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { dependsOnInputs, differenceInEps } from "../passes/twin.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";
import { activations, gelus } from "./noise/activations.js";
import { convolutions } from "./noise/convolutions.js";
import { norms } from "./noise/norms.js";
import type { Noise } from "./noise/noise.js";
import { sizes } from "./noise/sizes.js";

/** Everything begins with x: f32[2,4,6,6] and ends with y. */
function graphOf({ steps, constants = {}, outputs = ["y"], opset = 17 }: Noise) {
  const nodes = steps.map(([op, inputs, output, attributes = {}]): NodeText => ({
    op,
    in: inputs.split(" ").map((name) => (name === "_" ? "" : name)),
    out: [output],
    attributes: attributes as NonNullable<NodeText["attributes"]>,
  }));
  const written = nodes.map((node) =>
    node.op === "Constant" ? { op: node.op, out: node.out, attributes: node.attributes! } : node,
  );
  const inputs = { x: "f32[N,4,6,6]" };
  const bytes = onnxModel({ inputs, initializers: constants, nodes: written, outputs }, { opset });
  return readOnnx(bytes, { shapes: { x: [2, 4, 6, 6] } });
}

const MOST_EPS = 32;

function check(noise: Noise): void {
  const definition = graphOf(noise);
  const options = { shapes: { x: [2, 4, 6, 6] } };
  const raw = inferShapes(definition, options);
  const graph = runPasses(raw);
  expect(graph.nodes.map(({ op }) => op)).toEqual(noise.ops);
  expect(dependsOnInputs(raw)).toBe(true);
  for (const seed of [1, 2]) expect(differenceInEps(raw, graph, seed)).toBeLessThan(MOST_EPS);
  if (noise.kernels === undefined) return;
  const { kernels } = planModel(definition, options).program;
  // Margins and orders of inputs take kernels of their own, which cover nothing.
  expect(kernels.filter(({ covers }) => covers.length > 0)).toHaveLength(noise.kernels);
}

describe.each([
  ["shape arithmetic", sizes],
  ["activations", activations],
  ["GELU", gelus],
  ["layer norm", norms],
  ["convolutions and pools", convolutions],
])("%s", (_, list) => {
  it.each(list.map((noise) => [noise.title, noise] as const))("%s", (_title, noise) =>
    check(noise),
  );
});
