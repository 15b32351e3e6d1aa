/** Random kernels whose Computes write disjoint parts of the output: concat, and phases of a transposed conv. */
import { addIndex, axisIndex, scaleIndex } from "../../../compiler/compute/affine.js";
import { accumulator, constant, load, max, mul } from "../../../compiler/compute/expr.js";
import type { Axis, Compute, Index } from "../../../compiler/compute/ir.js";
import type { TensorType } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, expression, extent, kernelOf, loadAt, type } from "./build.js";
import { randomAxes } from "./pointwise.js";

/** Operands one after the other along an axis, some with work done on the way; below a outer axis or not. */
export function randomConcat(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const along = random.int(0, axes.length - 1);
  const outer = along > 0 && random.chance(0.3) ? axes.slice(0, 1) : [];
  const inputs: Record<string, TensorType> = {};
  let start = 0;
  const computes = Array.from({ length: random.int(1, 4) }, (_, i): Compute => {
    const own = axes.map((one, d) => (d === along ? axis(one.name, extent(random, 9)) : one));
    inputs[`x${i}`] = type(own.map((one) => one.extent));
    const index = at(own).map((one, d) => (d === along ? addIndex(one, start) : one));
    start += own[along]!.extent;
    const body = expression(random, [loadAt(`x${i}`, own)], random.int(0, 2), true);
    return { target: "out", axes: own.slice(outer.length), reduce: [], body, index };
  });
  const dims = axes.map((one, d) => (d === along ? start : one.extent));
  return { kernel: kernelOf(inputs, type(dims), computes, { outer }), exact: true };
}

/** One output position in `stride`: taps phase, phase + stride, … of the kernel. */
interface Phase {
  readonly output: Axis;
  readonly tap: Axis | undefined;
  readonly target: Index;
  readonly source: Index;
  readonly weight: Index;
}

function phasesOf(name: string, size: number, taps: number, stride: number): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, phase) => {
    const output = axis(`o${name}`, Math.ceil((size - phase) / stride));
    const count = Math.max(0, Math.ceil((taps - phase) / stride));
    const tap = count === 0 ? undefined : axis(`k${name}`, count);
    const back = tap === undefined ? [] : [scaleIndex(axisIndex(tap), -1)];
    const ahead = tap === undefined ? [] : [scaleIndex(axisIndex(tap), stride)];
    return {
      output,
      tap,
      target: addIndex(scaleIndex(axisIndex(output), stride), phase),
      source: addIndex(axisIndex(output), ...back),
      weight: addIndex(...ahead, phase),
    };
  });
}

/** out[n, oc, s·o + phase] = Σ x[n, ic, o − k] · w[ic, oc, s·k + phase] per dimension and phase. */
export function randomPhases(random: Random): Omit<RandomKernel, "family"> {
  const n = axis("n", random.int(1, 2));
  const oc = axis("oc", extent(random, 7));
  const ic = axis("ic", random.int(1, 4));
  const dimensions = random.pick([["w"], ["h", "w"]]).map((name) => {
    const [input, taps, stride] = [extent(random, 5), random.int(1, 4), random.int(1, 3)];
    const size = (input - 1) * stride + taps - random.int(0, Math.min(taps - 1, 1));
    return { input, taps, size, phases: phasesOf(name, size, taps, stride) };
  });
  const combinations = dimensions.reduce<Phase[][]>(
    (all, { phases }) => all.flatMap((before) => phases.map((phase) => [...before, phase])),
    [[]],
  );
  const relu = random.chance(0.5);
  const computes = combinations.map((phases): Compute => {
    const axes = [n, oc, ...phases.map((phase) => phase.output)];
    const index = [axisIndex(n), axisIndex(oc), ...phases.map((phase) => phase.target)];
    const taps = phases.flatMap(({ tap }) => (tap === undefined ? [] : [tap]));
    const last = relu ? { epilogue: max(accumulator(), 0) } : {};
    if (taps.length < phases.length)
      return { target: "out", axes, reduce: [], body: constant(0), index, ...last };
    const x = [axisIndex(n), axisIndex(ic), ...phases.map((phase) => phase.source)];
    const w = [axisIndex(ic), axisIndex(oc), ...phases.map((phase) => phase.weight)];
    const body = mul(load("x", x, "f32", { mode: "constant", value: 0 }), load("w", w));
    return { target: "out", axes, reduce: [ic, ...taps], combine: "sum", body, index, ...last };
  });
  const inputs = {
    x: type([n.extent, ic.extent, ...dimensions.map(({ input }) => input)]),
    w: type([ic.extent, oc.extent, ...dimensions.map(({ taps }) => taps)]),
  };
  const output = type([n.extent, oc.extent, ...dimensions.map(({ size }) => size)]);
  return { kernel: kernelOf(inputs, output, computes), exact: true };
}
