/** Draws chains of layers over images as networks have them, of which each reads a few rows of what the one before computes. */
import type { Definition } from "../../compiler/graph/definition.js";
import { createRandom, type Random } from "../support/random.js";
import { addInput, addNode, addWeights, newDraft, type Move } from "./draft.js";
import { addOutputs, pickMove, type Weighted } from "./randomAliasGraph.js";
import { conv, pool, unary, withOperand } from "./reads.js";

/** A 1×1 convolution, which becomes a matrix product. */
const project: Move = (draft, x) => {
  const { random } = draft;
  const { dims } = x.type;
  const w = addWeights(draft, [random.int(1, 6), dims[1]!], dims[1]!);
  const bias = random.chance(0.5) ? [addWeights(draft, [w.type.dims[0]!])] : [];
  return addNode(draft, "matmul", [x, w, ...bias], { axis: 1 });
};

const LAYERS: Weighted = [
  [4, conv],
  [3, project],
  [2, pool],
  [2, unary],
  [1, withOperand],
];

function dimsOf(random: Random): number[] {
  const spatial = random.pick([1, 2, 2, 2, 2, 3]);
  const inner = Array.from({ length: spatial }, (_, d) =>
    random.int(d === 0 ? 5 : 2, 16 / spatial),
  );
  return [random.chance(0.3) ? 2 : 1, random.pick([1, 2, 3, 4, 8]), ...inner];
}

/** A chain that only the seed decides; now and then somebody else reads a value on the way. */
export function randomStripGraph(seed: number): Definition {
  const random = createRandom(seed);
  const draft = newDraft(random);
  let value = addInput(draft, dimsOf(random));
  const most = random.int(2, 6);
  for (let tries = 0; draft.nodes.length < most && tries < 40; tries++)
    value = pickMove(random, LAYERS)(draft, value) ?? value;
  if (draft.nodes.length < 2) return randomStripGraph(seed + 1_000_003);
  const other = random.pick(draft.values);
  const alike = String(other.type.dims) === String(value.type.dims) && other !== value;
  if (random.chance(0.5) && alike) addNode(draft, "add", [value, other]);
  const { inputs, nodes, constants } = draft;
  const outputs = random.chance(0.8)
    ? [{ name: draft.names.output(), value: draft.values.at(-1)!.operand }]
    : addOutputs(draft);
  return { name: `strips${seed}`, inputs, nodes, outputs, constants };
}
