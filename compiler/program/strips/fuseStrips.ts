/**
 * fuse-strips: a map that would leave the cache before it is read is computed inside the loops of its reader, some rows
 * at a time, and never is in memory as a whole.
 *
 *   %a = matmul(%x); %b = conv(%a)   =>   kernel matmul_conv covers a, b: for each strip, rows of a, rows of b
 */
import { channelsLast, rowMajor } from "../../place/views.js";
import { byteCount } from "../../base/tensor.js";
import { alignNames, sourceOf, type Part } from "../fuse/part.js";
import { MOST_NODES } from "../fuse/cluster.js";
import type { LayoutChoices, StripChoices } from "../layout/choices.js";
import { readersOf } from "../layout/readers.js";
import { wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";
import { stripBytes, type Chain } from "./chain.js";
import { isOneLoop, stripKernel } from "./computes.js";
import { stripDecision } from "./decision.js";
import { linkOf, multipliesNarrow, stageOf, type Cut, type Link, type Stage } from "./link.js";
import { planBands, type Band } from "./steps.js";

/** Where more of the rows than this move within memory, what is saved is lost again. */
const MOST_MOVED = 0.5;
/** A reader that sums up more terms for each element of a copy takes its time with them, wherever they come from. */
const MOST_TERMS = 32;

/** The Program with chains of kernels as one each, as far as that pays on a target. */
export function fuseStrips(program: Program, target: LayoutChoices): Program {
  const { strips } = target;
  if (strips === undefined) return program;
  const chains = findChains(program, target, strips);
  if (chains.length === 0) return program;
  const names = new Set(program.kernels.map(({ name }) => name));
  const gone = new Set(chains.flatMap(({ kernels }) => kernels));
  const instead = new Map(chains.map((found) => [found.kernels.at(-1)!, found]));
  const kernels = program.kernels.flatMap((kernel) => {
    const found = instead.get(kernel);
    if (found !== undefined) return [joined(found, names, strips)];
    return gone.has(kernel) ? [] : [kernel];
  });
  return { ...program, kernels };
}

/** Kernels whose maps would leave the cache with the readers of those, the largest maps first. */
function findChains(
  program: Program,
  target: LayoutChoices,
  strips: StripChoices,
): readonly Found[] {
  const onlyReader = onlyReaders(program);
  const large = program.kernels
    .map((kernel) => ({ kernel, bytes: byteCount(kernel.kernel.output) }))
    .filter(({ bytes }) => bytes > strips.cache)
    .sort((a, b) => b.bytes - a.bytes);
  const chainOfKernel = new Map<ProgramKernel, Found>();
  for (const { kernel } of large) {
    const reader = onlyReader(kernel);
    if (reader === undefined || !mayJoin(kernel, reader)) continue;
    if (multipliesNarrow(reader.kernel, sourceOf(reader, kernel.output)!)) continue;
    if (kernel.role === "copy" && termsOf(reader) > MOST_TERMS * termsOf(kernel)) continue;
    const before = chainOfKernel.get(kernel)?.kernels ?? [kernel];
    const after = chainOfKernel.get(reader)?.kernels ?? [reader];
    if (after[0] !== reader) continue;
    const found = chainThatPays([...before, ...after], target, strips);
    for (const one of found?.kernels ?? []) chainOfKernel.set(one, found!);
  }
  return [...new Set(chainOfKernel.values())];
}

type OnlyReaders = (kernel: ProgramKernel) => ProgramKernel | undefined;

/** The one kernel that needs what another computes, where nothing else does. */
function onlyReaders(program: Program): OnlyReaders {
  const readers = readersOf(program);
  const wanted = new Set(wantedPorts(program).map(({ value }) => value));
  const fixed = new Set<ValueId>(
    program.values.flatMap(({ constant }, id) => (constant === undefined ? [] : [id])),
  );
  for (const { operands, output } of program.kernels)
    if (Object.values(operands).every((value) => fixed.has(value))) fixed.add(output);
  return ({ output }) => {
    const [reader, ...others] = readers[output]!;
    const alone = others.length === 0 && !wanted.has(output) && !fixed.has(output);
    return alone ? reader : undefined;
  };
}

interface Found {
  readonly kernels: readonly ProgramKernel[];
  readonly chain: Chain;
  readonly bands: readonly Band[];
}

/** Times that a kernel computes a body; a copy does for each element. */
function termsOf({ kernel }: ProgramKernel): number {
  return kernel.computes.reduce(
    (sum, { axes, reduce }) =>
      sum + [...axes, ...reduce].reduce((product, { extent }) => product * extent, 1),
    0,
  );
}

/** Kernels as one chain; undefined where they are none, or it would not pay. */
function chainThatPays(
  kernels: readonly ProgramKernel[],
  target: LayoutChoices,
  { room, bands = 1 }: StripChoices,
): Found | undefined {
  const chain = chainOf(kernels, target);
  if (chain === undefined || weightBytes(chain) > room) return undefined;
  const steps = stepsOf(chain, room);
  if (steps === undefined || movedRows(steps) > MOST_MOVED) return undefined;
  if (bands === 1 || isOneLoop(chain, steps)) return { kernels, chain, bands: [steps] };
  return { kernels, chain, bands: bandsOf(chain, steps, bands) };
}

/** Fills, and parts of a node, cover none. */
function mayJoin(producer: ProgramKernel, consumer: ProgramKernel): boolean {
  return [producer, consumer].every(
    ({ role, view, branches, covers }) =>
      (role === "copy" || covers.length > 0) && view === undefined && branches === undefined,
  );
}

/** Kernels as stages and links; undefined where one needs more of another than some rows. */
function chainOf(kernels: readonly ProgramKernel[], target: LayoutChoices): Chain | undefined {
  if (kernels.reduce((sum, { covers }) => sum + covers.length, 0) > MOST_NODES) return undefined;
  const { dims } = kernels[0]!.kernel.output;
  const rank = dims.length;
  if (rank < 3 || kernels.some(({ kernel }) => kernel.output.dims.length !== rank))
    return undefined;
  const last = kernels.some(({ layout }) => layout === "channels-last");
  const order =
    last && target.activations === "channels-last" ? channelsLast(rank) : rowMajor(rank);
  const cut: Cut = { rows: order[1]!, shared: [order[0]!] };
  const stages: Stage[] = [];
  const links: Link[] = [];
  let named: Part | undefined;
  for (const [i, kernel] of kernels.entries()) {
    const part: Part = named === undefined ? kernel : alignNames(kernel, named);
    const stage = stageOf({ kernel: part.kernel, operands: part.operands }, cut);
    if (stage === undefined) return undefined;
    stages.push(stage);
    if (i > 0) {
      const before = kernels[i - 1]!;
      const source = sourceOf(part, before.output)!;
      const link = linkOf(stage, source, before.kernel.output.dims, cut);
      if (link === undefined) return undefined;
      links.push(link);
    }
    named = named === undefined ? part : both(named, part);
  }
  return { stages, links, cut, order };
}

/** All that two parts have names for. */
function both(a: Part, b: Part): Part {
  const { kernel } = a;
  return {
    kernel: {
      ...kernel,
      inputs: [...kernel.inputs, ...b.kernel.inputs],
      constants: [...kernel.constants, ...b.kernel.constants],
    },
    operands: { ...a.operands, ...b.operands },
  };
}

function weightBytes({ stages }: Chain): number {
  return stages
    .flatMap(({ part }) => part.kernel.inputs)
    .reduce((sum, { type, constant }) => sum + (constant === true ? byteCount(type) : 0), 0);
}

/**
 * As many rows a step as fit, in steps that are alike where nearly as many rows make them so; undefined where there
 * would be but one, or none fits.
 */
function stepsOf(chain: Chain, bytes: number): Band | undefined {
  const rows = rowsOf(chain);
  const total = rows.at(-1)!;
  let uneven: Band | undefined;
  for (let block = Math.ceil(total / 2); block >= 1; block--) {
    if (uneven !== undefined && 2 * block * uneven.length < total) break;
    const [steps] = planBands(rows, chain.links, block, total) ?? [];
    if (steps === undefined) break;
    if (stripBytes(chain, steps) > bytes) continue;
    if (total % block === 0) return steps;
    uneven ??= steps;
  }
  return uneven;
}

/** The same in so many bands, with steps of as many rows or a little less, so that bands take equally long. */
function bandsOf(chain: Chain, steps: Band, count: number): readonly Band[] {
  const rows = rowsOf(chain);
  const { from, to } = steps[0]!.rows.at(-1)!;
  const height = Math.ceil(rows.at(-1)! / count);
  const block = Math.ceil(height / Math.ceil(height / (to - from)));
  return planBands(rows, chain.links, block, height) ?? [steps];
}

function rowsOf({ stages }: Chain): readonly number[] {
  return stages.map(({ rows }) => rows);
}

/** The part of all rows between stages that moves within memory, where the most of it does. */
function movedRows(steps: Band): number {
  const moved = steps[0]!.windows.map((_, i) => {
    const all = steps.reduce((sum, { rows }) => sum + rows[i]!.to - rows[i]!.from, 0);
    const kept = steps.reduce((sum, { windows }) => sum + (windows[i]?.keep ?? 0), 0);
    return kept / all;
  });
  return Math.max(...moved);
}

function joined(
  { kernels, chain, bands }: Found,
  names: Set<string>,
  { cache }: StripChoices,
): ProgramKernel {
  const last = kernels.at(-1)!;
  const kernel = stripKernel(chain, bands);
  const inputs = new Set(kernel.inputs.map(({ name }) => name));
  const operands = chain.stages.flatMap(({ part }) =>
    Object.entries(part.operands).filter(([source]) => inputs.has(source)),
  );
  const name = freshName(kernels.map((one) => one.name.replace(/_\d+$/, "")).join("_"), names);
  return {
    ...last,
    name,
    decisions: [
      ...kernels.flatMap(({ decisions = [] }) => decisions),
      stripDecision(kernels, cache),
    ],
    covers: kernels.flatMap(({ covers }) => covers),
    kernel,
    operands: Object.fromEntries(operands),
    layout: kernels.some(({ layout }) => layout === "channels-last")
      ? "channels-last"
      : last.layout,
  };
}

function freshName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let i = 2; names.has(name); i++) name = `${wanted}_${i}`;
  names.add(name);
  return name;
}
