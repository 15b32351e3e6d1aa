/**
 * Estimates which products of a Graph bytes do not make faster, in engines without an instruction that multiplies four
 * of them: those gain the least. Both are as they are computed, where windows are large by Winograd's algorithm.
 */
import { elementCount, type TensorType } from "../../base/tensor.js";
import type { Axis, Kernel } from "../../compute/ir.js";
import { kernelOf, opOf } from "../../graph/evaluate.js";
import type { Operand } from "../../graph/definition.js";
import type { Graph, Node } from "../../graph/graph.js";
import { typesOf } from "../../graph/operandTypes.js";
import { operandName } from "../../ops/op.js";
import type { LayoutChoices } from "../layout/choices.js";
import { chooseBlocking, choosePhases, type WinogradMode } from "../winograd/choose.js";
import { gatheredWindows, phaseCount } from "../winograd/gather.js";
import { phaseOf, phasesOf } from "../winograd/phases.js";
import { windowedKernel, type Windowed } from "../winograd/window.js";

/** Products of bytes in the time of one of f32. */
const GAIN = 1.8;
/** Multiply-adds of f32 in the time that it takes to find the range of a value, for each element, and to round it. */
const ROUND = 20;

/** A product with weights: what it takes in f32 and of bytes, in multiply-adds, without rounding what it reads. */
interface Times {
  readonly node: Node;
  readonly x: Operand;
  readonly f32: number;
  readonly bytes: number;
}

/** Why products should stay f32, by node: each by itself, or all who read a value together, since it is rounded once. */
export function slowerInBytes(
  graph: Graph,
  products: readonly Node[],
  target: LayoutChoices,
  winograd: WinogradMode = "auto",
): ReadonlyMap<string, string> {
  const types = typesOf(graph);
  const readers = new Map<Operand, Times[]>();
  for (const node of products) {
    const x = node.inputs[0]!;
    const kernel = productKernel(node, types);
    const times = { node, x, ...timesOf(kernel, target, winograd) };
    readers.set(x, [...(readers.get(x) ?? []), times]);
  }
  const reasons = new Map<string, string>();
  for (const [x, all] of readers) {
    const rounding = ROUND * elementCount(types.get(x)!.dims);
    const faster = all.filter(({ f32, bytes }) => bytes < f32);
    const saved = faster.reduce((sum, { f32, bytes }) => sum + f32 - bytes, 0);
    for (const one of all)
      if (saved <= rounding || !faster.includes(one))
        reasons.set(one.node.name, reasonOf(one, rounding, target));
  }
  return reasons;
}

function reasonOf({ f32, bytes }: Times, rounding: number, { dots }: LayoutChoices): string {
  if (dots !== true) return "no engine of this target multiplies bytes faster";
  const [a, b, c] = [f32, bytes, rounding].map((one) => (one / 1e6).toPrecision(3));
  return `f32 takes ${a} million multiply-adds, bytes as long as ${b} and ${c} for rounding`;
}

/** The meaning of a product, which knows of its weights that they are constant. */
function productKernel(node: Node, types: ReadonlyMap<Operand, TensorType>): Kernel {
  const op = opOf(node.op);
  const kernel = kernelOf(node, (operand) => types.get(operand));
  const constants = new Set(
    node.inputs.flatMap((operand, i) =>
      operand?.startsWith("@") === true ? [operandName(op, i)] : [],
    ),
  );
  return {
    ...kernel,
    inputs: kernel.inputs.map((input) =>
      constants.has(input.name) ? { ...input, constant: true } : input,
    ),
  };
}

function timesOf(
  kernel: Kernel,
  target: LayoutChoices,
  winograd: WinogradMode,
): Pick<Times, "f32" | "bytes"> {
  const [compute] = kernel.computes;
  const products = countOf([...compute!.axes, ...compute!.reduce]);
  const weights = elementCount(kernel.inputs[1]!.type.dims);
  const read = weights * target.memoryCost;
  const windowed = winograd === "off" ? undefined : windowedKernel(kernel);
  const direct = products + 4 * read;
  const f32 = windowed === undefined ? direct : timeOfWindows(windowed, direct, winograd, target);
  if (target.dots !== true) return { f32, bytes: Infinity };
  const ofBytes = windowed && timeOfBytes(windowed, winograd, target);
  return { f32, bytes: Math.min(products / GAIN + read, ofBytes ?? Infinity) };
}

/** Of windows over bytes, with weights of which nothing is known but that they are bytes. */
function timeOfBytes(
  windowed: Windowed,
  winograd: WinogradMode,
  target: LayoutChoices,
): number | undefined {
  if (phaseCount(windowed) > 1) return undefined;
  const [high, weight] = [255, 127];
  const sum = countOf(windowed.compute.reduce) * high * weight;
  const integers = { zero: 0, low: 0, high, weight, sum };
  const { cost } = chooseBlocking({ ...windowed, integers }, winograd, target);
  return countOf(windowed.groups) * cost;
}

function timeOfWindows(
  windowed: Windowed,
  direct: number,
  winograd: WinogradMode,
  target: LayoutChoices,
): number {
  const groups = countOf(windowed.groups);
  const timeOf = (parts: readonly Windowed[]): number =>
    groups * parts.reduce((sum, one) => sum + chooseBlocking(one, winograd, target).cost, 0);
  if (phaseCount(windowed) === 1) return timeOf([windowed]);
  const split = phasesOf(windowed).map((phase) => phaseOf(windowed, phase));
  const gathered = gatheredWindows(windowed);
  switch (choosePhases(windowed, split, gathered, winograd, target)) {
    case "split":
      return timeOf(split);
    case "gathered":
      return timeOf([gathered!]);
    case "windows":
      return direct;
  }
}

function countOf(axes: readonly Axis[]): number {
  return axes.reduce((product, { extent }) => product * extent, 1);
}
