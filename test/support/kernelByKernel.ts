/** Compares every kernel of a Program with another engine's value of the node that it ends with. */
import { nodeKernels } from "../../compiler/analysis/kernels.js";
import type { Graph } from "../../compiler/graph/graph.js";
import type { Program, ProgramKernel } from "../../compiler/program/program.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { differenceOf } from "./difference.js";
import { execute, type Execution } from "./execution.js";
import { reductionLength, toleranceOf } from "./tolerance.js";

/** One model on its way: names of nodes mean the same values in both graphs. */
export interface Model {
  /** As inferred, before any pass. */
  readonly raw: Graph;
  /** After passes, what the Program is made of. */
  readonly graph: Graph;
}

export interface KernelDifference {
  readonly kernel: string;
  /** See Op.tolerance; the sum over the ops that the kernel covers. */
  readonly units: number;
  readonly tolerance: number;
  /** Ops, reduction length, and the worst element. */
  readonly detail: string;
}

/** The nodes whose values kernels end with, as far as they are in the raw graph. */
export function comparableNodes({ raw }: Model, program: Program): string[] {
  const known = new Set(raw.nodes.map(({ name }) => name));
  return modelKernels(program)
    .map(({ covers }) => covers.at(-1)!)
    .filter((name) => known.has(name));
}

/** Kernels that stand for nodes; fills and relayouts do not. */
export function modelKernels({ kernels }: Program): readonly ProgramKernel[] {
  return kernels.filter(({ covers }) => covers.length > 0);
}

/**
 * Runs kernel after kernel, each on the reference's values of its operands where there are any, so that
 * errors do not add up.
 */
export function kernelDifferences(
  execution: Execution,
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
  reference: ReadonlyMap<string, Tensor>,
): KernelDifference[] {
  const differences: KernelDifference[] = [];
  const tolerances = nodeTolerances(model);
  const lengths = nodeLengths(model);
  execute(execution, inputs, ({ name, covers }, value) => {
    const node = covers.at(-1);
    const expected = node === undefined ? undefined : reference.get(node);
    if (expected === undefined) return undefined;
    const length = lengthOf(covers, lengths);
    const tolerance = covers.reduce((sum, node) => sum + tolerances.get(node)!, 0);
    const { units, worst } = differenceOf(value, expected, length);
    const detail = `${covers.join(", ")} over ${length}: ${worst}`;
    differences.push({ kernel: name, units, tolerance, detail });
    return expected;
  });
  return differences;
}

/** A node that a pass has rewritten may be as wrong as what it stands for. */
function nodeTolerances({ raw, graph }: Model): ReadonlyMap<string, number> {
  const before = new Map(raw.nodes.map(({ name, op }) => [name, toleranceOf(op)]));
  return new Map(
    graph.nodes.map(({ name, op }) => [name, Math.max(toleranceOf(op), before.get(name) ?? 0)]),
  );
}

/** What the values of nodes sum over, whatever algorithm their kernels are of. */
function nodeLengths({ graph }: Model): ReadonlyMap<string, number> {
  return new Map(
    nodeKernels(graph).map(({ node, kernel }) => [node.name, reductionLength(kernel)] as const),
  );
}

function lengthOf(covers: readonly string[], lengths: ReadonlyMap<string, number>): number {
  return Math.max(1, ...covers.map((node) => lengths.get(node) ?? 1));
}

/** What errors of all kernels of a Program may add up to in a whole run, if they are independent: eps · rms. */
export function programTolerance(model: Model, program: Program): number {
  const tolerances = nodeTolerances(model);
  const lengths = nodeLengths(model);
  const squares = modelKernels(program).map(({ covers }) => {
    const units = covers.reduce((sum, node) => sum + tolerances.get(node)!, 0);
    return units ** 2 * lengthOf(covers, lengths);
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}
