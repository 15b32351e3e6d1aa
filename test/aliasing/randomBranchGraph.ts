/** Draws small graphs with branches, inside one another too, whose sides share memory and values with everything around them. */
import type { Definition } from "../../compiler/graph/definition.js";
import { sameType } from "../../compiler/base/tensor.js";
import { createRandom } from "../support/random.js";
import { addInput, addNode, addWeights, isImage, newDraft, pickValue } from "./draft.js";
import type { Draft, Move, Value } from "./draft.js";
import { convTo, MOTIFS, partsThrough, withOwnPart } from "./motifs.js";
import { addOutputs, pickMove, randomDims, type Weighted } from "./randomAliasGraph.js";
import { binary, normalise, READS, unary } from "./reads.js";
import { VIEWS } from "./views.js";

/** An input, one that decides already, or what an input holds. */
function condition(draft: Draft): Value | undefined {
  const { random } = draft;
  const known = pickValue(draft, ({ type }) => type.dtype === "bool" && isOne(type.dims));
  if (known !== undefined && random.chance(0.4)) return known;
  if (random.chance(0.5)) return addInput(draft, random.pick([[], [1], [1, 1]]), "bool");
  const x = pickValue(draft, ({ exact, type }) => exact && type.dtype === "f32");
  if (x === undefined) return undefined;
  const axes = [...x.type.dims.keys()];
  const largest = addNode(draft, "reduceMax", [x], { axes, keepDims: random.chance(0.5) });
  if (largest === undefined) return undefined;
  const above = addNode(draft, "greater", [largest, addWeights(draft, [1])]);
  return above && random.chance(0.5) ? addNode(draft, "not", [above]) : above;
}

function isOne(dims: readonly number[]): boolean {
  return dims.every((dim) => dim === 1);
}

const padded: Move = (draft, x) => (isImage(x) ? convTo(draft, x, x.type.dims[1]!) : undefined);

/** What mostly leaves the type as it is. */
const STEPS: Weighted = [
  [3, padded],
  [2, unary],
  [2, binary],
  [2, withOwnPart],
  [1, partsThrough],
  [1, normalise],
];

/** What is made of x, of its own type: x itself where nothing else is. */
function side(draft: Draft, x: Value, depth: number): Value {
  const { random } = draft;
  let y = x;
  for (let steps = random.int(0, 3); steps > 0; steps--) {
    const next = random.chance(0.25) && depth > 0 ? branch(draft, y, depth - 1) : undefined;
    const moved = next ?? pickMove(random, STEPS)(draft, y);
    if (moved !== undefined && sameType(moved.type, x.type)) y = moved;
  }
  return y;
}

function branch(draft: Draft, x: Value, depth: number): Value | undefined {
  const asked = condition(draft);
  if (asked === undefined) return undefined;
  const sides = [side(draft, x, depth), side(draft, x, depth)];
  return addNode(draft, "branch", [asked, ...draft.random.shuffle(sides)]);
}

/** A graph that only the seed decides, with one branch and more. */
export function randomBranchGraph(seed: number): Definition {
  const random = createRandom(seed);
  const draft = newDraft(random);
  const dims = randomDims(random);
  for (let i = random.pick([1, 1, 2]); i > 0; i--) addInput(draft, dims);
  const most = random.int(3, 14);
  for (let tries = 0; draft.nodes.length < most && tries < 40; tries++) {
    const x = pickValue(draft, ({ type }) => type.dtype === "f32")!;
    if (random.chance(0.4)) branch(draft, x, 2);
    else pickMove(random, random.pick([VIEWS, READS, MOTIFS]))(draft, x);
  }
  if (!draft.nodes.some(({ op }) => op === "branch")) return randomBranchGraph(seed + 1_000_003);
  const outputs = addOutputs(draft);
  const { inputs, nodes, constants } = draft;
  return { name: `branch${seed}`, inputs, nodes, outputs, constants };
}
