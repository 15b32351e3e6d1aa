/** Random convolutions, pools and matrix products. */
import { addIndex, axisIndex, scaleIndex, ZERO } from "../../../compiler/compute/affine.js";
import { accumulator, load, mul } from "../../../compiler/compute/expr.js";
import type {
  Axis,
  Combine,
  Compute,
  Expr,
  Index,
  Boundary,
} from "../../../compiler/compute/ir.js";
import { tensor, type TensorType } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, epilogue, extent, kernelOf, loadAt, type } from "./build.js";

/** A window over one spatial dimension: input index = stride · o + dilation · k − before. */
interface Window {
  readonly output: Axis;
  readonly kernel: Axis;
  readonly size: number;
  readonly index: Index;
}

const SPATIAL = [["w"], ["h", "w"], ["d", "h", "w"]] as const;

function windows(random: Random, most: number): Window[] {
  return random.pick([...SPATIAL, SPATIAL[1]]).map((name, _, { length }) => {
    const stride = random.int(1, 2);
    const dilation = random.int(1, 2);
    const kernel = axis(`k${name}`, random.int(1, 3));
    const output = axis(`o${name}`, extent(random, length === 3 ? 5 : most));
    const before = random.int(0, 2);
    const reach = (output.extent - 1) * stride + (kernel.extent - 1) * dilation;
    const size = Math.max(1, reach + 1 - before - random.int(0, 2) + random.int(0, 1));
    const index = addIndex(
      scaleIndex(axisIndex(output), stride),
      scaleIndex(axisIndex(kernel), dilation),
      -before,
    );
    return { output, kernel, size, index };
  });
}

function padding(random: Random, value: number): Boundary {
  if (random.chance(0.7)) return { mode: "constant", value };
  return { mode: random.pick(["reflect", "replicate", "circular"]) };
}

/** n g oc o… over ic k…, with or without groups, bias and epilogue. */
export function randomConvolution(random: Random): Omit<RandomKernel, "family"> {
  const spatial = windows(random, 7);
  const n = axis("n", random.int(1, 2));
  const g = axis("g", random.chance(0.5) ? 1 : random.int(2, 4));
  const oc = axis("oc", random.chance(0.2) ? 1 : extent(random, 9));
  const ic = axis("ic", random.chance(0.2) ? 1 : random.int(1, 5));
  const outputs = spatial.map((window) => window.output);
  const kernels = spatial.map((window) => window.kernel);
  const axes = [n, ...(g.extent > 1 ? [g] : []), oc, ...outputs];
  const ofGroup = (inner: Axis): Index =>
    g.extent > 1
      ? addIndex(scaleIndex(axisIndex(g), inner.extent), axisIndex(inner))
      : axisIndex(inner);
  const channel = ofGroup(oc);
  const index = [axisIndex(n), channel, ...at(outputs)];
  const inputs: Record<string, TensorType> = {
    x: type([n.extent, g.extent * ic.extent, ...spatial.map((window) => window.size)]),
    w: type([g.extent * oc.extent, ic.extent, ...kernels.map((one) => one.extent)]),
  };
  const output = type([n.extent, g.extent * oc.extent, ...outputs.map((one) => one.extent)]);
  const x = [axisIndex(n), ofGroup(ic), ...spatial.map((window) => window.index)];
  const boundary = padding(random, random.pick([0, 0, 0, 1]));
  const exact = random.chance(0.7);
  const withBias = random.chance(0.5);
  if (withBias) inputs["bias"] = type([g.extent * oc.extent]);
  const finish = epilogue(random, exact, (name) => {
    inputs[name] = name === "scale" ? type([g.extent * oc.extent]) : output;
    return load(name, name === "scale" ? [channel] : index);
  });
  const compute: Compute = {
    target: "out",
    axes,
    reduce: [ic, ...kernels],
    combine: "sum",
    ...(withBias ? { init: load("bias", [channel]) } : {}),
    body: mul(load("x", x, "f32", boundary), load("w", [channel, axisIndex(ic), ...at(kernels)])),
    ...finish,
    index,
  };
  return { kernel: kernelOf(inputs, output, [compute]), exact };
}

const NEUTRAL: Readonly<Record<Combine, number>> = {
  sum: 0,
  prod: 1,
  max: -Infinity,
  min: Infinity,
};

/** max, min, sum and product pools; averages multiply by a table of shares. */
export function randomPool(random: Random): Omit<RandomKernel, "family"> {
  const spatial = windows(random, 9);
  const outer = [axis("n", random.int(1, 2)), axis("c", extent(random, 9))];
  const combine = random.pick<Combine>(["max", "max", "sum", "min", "prod"]);
  const outputs = spatial.map((window) => window.output);
  const axes = [...outer, ...outputs];
  const x = [...at(outer), ...spatial.map((window) => window.index)];
  const inputs = { x: type([...outer.map((a) => a.extent), ...spatial.map((w) => w.size)]) };
  const output = type(axes.map((one) => one.extent));
  const average = combine === "sum" && random.chance(0.6);
  const last = outputs.at(-1)!;
  const shares = Array.from({ length: last.extent }, (_, i) => 2 ** -(i % 3));
  const table = tensor("f32", [last.extent], shares);
  const divide: Expr = mul(accumulator(), load("shares", [axisIndex(last)]));
  const compute: Compute = {
    target: "out",
    axes,
    reduce: spatial.map((window) => window.kernel),
    combine,
    body: load("x", x, "f32", padding(random, NEUTRAL[combine])),
    ...(average ? { epilogue: divide } : {}),
    index: at(axes),
  };
  const constants = average ? [{ name: "shares", value: table }] : [];
  return { kernel: kernelOf(inputs, output, [compute], { constants }), exact: true };
}

/** out[n, i, j] over k, either operand transposed, b broadcast over n, with bias along j. */
export function randomMatmul(random: Random): Omit<RandomKernel, "family"> {
  const n = axis("n", random.int(1, 3));
  const [i, j, k] = [
    axis("i", extent(random)),
    axis("j", extent(random)),
    axis("k", extent(random)),
  ];
  const left = random.chance(0.5) ? [n, i, k] : [n, k, i];
  const inner = random.chance(0.5) ? [j, k] : [k, j];
  const broadcast = random.chance(0.5);
  const extents = (axes: readonly Axis[]): number[] => axes.map((one) => one.extent);
  const inputs: Record<string, TensorType> = {
    a: type(extents(left)),
    b: type(broadcast ? [1, ...extents(inner)] : extents([n, ...inner])),
  };
  const axes = random.chance(0.5) ? [n, i, j] : [n, j, i];
  const output = type(extents(axes));
  const exact = random.chance(0.7);
  const bias = random.chance(0.4);
  if (bias) inputs["bias"] = type([j.extent]);
  const finish = epilogue(random, exact, (name) => {
    inputs[name] = name === "scale" ? type([j.extent]) : output;
    return name === "scale" ? loadAt(name, [j]) : loadAt(name, axes);
  });
  const compute: Compute = {
    target: "out",
    axes,
    reduce: [k],
    combine: "sum",
    ...(bias ? { init: loadAt("bias", [j]) } : {}),
    body: mul(loadAt("a", left), load("b", [broadcast ? ZERO : axisIndex(n), ...at(inner)])),
    ...finish,
    index: at(axes),
  };
  return { kernel: kernelOf(inputs, output, [compute]), exact };
}
