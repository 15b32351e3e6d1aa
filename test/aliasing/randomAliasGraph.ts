/** Draws small graphs by how their values can share memory: views of views, parts side by side, borders, sums with themselves. */
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import type { DType } from "../../compiler/base/tensor.js";
import { createRandom, type Random } from "../support/random.js";
import { addInput, addWeights, newDraft, pickValue, type Draft, type Move } from "./draft.js";
import { MOTIFS } from "./motifs.js";
import { READS } from "./reads.js";
import { VIEWS } from "./views.js";

export type Weighted = readonly (readonly [number, Move])[];

export function pickMove(random: Random, moves: Weighted): Move {
  const total = moves.reduce((sum, [weight]) => sum + weight, 0);
  let left = (random.int(0, 2 ** 20) / 2 ** 20) * total;
  for (const [weight, move] of moves) if ((left -= weight) <= 0) return move;
  return moves.at(-1)![1];
}

/** Mostly images, as many of them square as not, channels first or last. */
export function randomDims(random: Random): number[] {
  const rank = random.pick([1, 2, 3, 4, 4, 4, 4, 5]);
  const edge = random.int(3, 5);
  const square = random.chance(0.5);
  const spatial = (): number =>
    square ? edge : random.int(rank === 5 ? 2 : 1, rank === 5 ? 3 : 6);
  const batch = random.chance(0.3) ? 2 : 1;
  const channels = random.pick([1, 2, 3, 3, 4, 4, 5, 8]);
  if (rank === 1) return [random.pick([1, 4, 6, 12])];
  if (rank === 2) return random.chance(0.5) ? [spatial(), spatial()] : [batch, channels * 2];
  const inner = Array.from({ length: rank - 2 }, spatial);
  return random.chance(0.7) ? [batch, channels, ...inner] : [batch, ...inner, channels];
}

function randomDType(random: Random): DType {
  return random.chance(0.88) ? "f32" : random.pick(["i32", "u8", "i8", "i16", "bool"] as const);
}

/** What nothing reads is a result; so are, now and then, values in between, inputs, constants, and some of them twice. */
export function addOutputs(draft: Draft): Definition["outputs"] {
  const { random, nodes, inputs } = draft;
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const unread = nodes.map(({ name }): Operand => `%${name}`).filter((one) => !read.has(one));
  const results: Operand[] = unread.filter(
    (_, i) => i === unread.length - 1 || random.chance(0.85),
  );
  for (const { name } of nodes) if (random.chance(0.1)) results.push(`%${name}`);
  if (random.chance(0.1)) results.push(`%${random.pick(inputs).name}`);
  if (random.chance(0.05)) results.push(addWeights(draft, [2, 3]).operand);
  if (random.chance(0.15)) results.push(random.pick(results));
  return random.shuffle(results).map((value) => ({ name: draft.names.output(), value }));
}

/** So many inputs, and nodes that read them and each other, as far as some are found. */
export function drawNodes(
  random: Random,
  inputCount: number,
  drawMost: () => number,
): Omit<Definition, "name"> {
  const draft = newDraft(random);
  const dims = randomDims(random);
  for (let i = inputCount; i > 0; i--)
    addInput(draft, random.chance(0.5) ? dims : randomDims(random), randomDType(random));
  const most = drawMost();
  for (let tries = 0; draft.nodes.length < most && tries < 40; tries++) {
    const family = random.pick([VIEWS, VIEWS, READS, READS, MOTIFS]);
    pickMove(random, family)(draft, pickValue(draft)!);
  }
  const { inputs, nodes, constants } = draft;
  return { inputs, nodes, outputs: nodes.length === 0 ? [] : addOutputs(draft), constants };
}

/** A graph that only the seed decides. */
export function randomAliasGraph(seed: number): Definition {
  const random = createRandom(seed);
  const drawn = drawNodes(random, random.pick([1, 1, 1, 2, 3]), () => random.int(2, 10));
  if (drawn.nodes.length === 0) return randomAliasGraph(seed + 1_000_003);
  return { name: `alias${seed}`, ...drawn };
}
