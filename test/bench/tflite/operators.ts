/** How each op of the benchmark's networks is said in .tflite. */
import type { NodeOf, OpName } from "../../../compiler/graph/graph.js";
import { OPTIONS, type OperatorName } from "./model.js";
import { axisOf, channelsLast, toChannelsLast, type Site, type Write } from "./site.js";
import { writeConv, writeLinear, writePool, type Quantize } from "./windows.js";

type Writers = { readonly [Name in OpName]?: Write<Name> };

/** By op; `quantize` says how weights of convolutions and linear layers are kept. */
export function writersOf(quantize: Quantize | undefined): Writers {
  return {
    conv: (site) => writeConv(site, quantize),
    matmul: (site) => writeLinear(site, quantize),
    maxPool: writePool,
    averagePool: writePool,
    add: (site) => write(site, "ADD", [0, 1], OPTIONS.add(site.activation)),
    mul: (site) => write(site, "MUL", [0, 1], OPTIONS.mul(site.activation)),
    relu: (site) => write(site, "RELU", [0]),
    sigmoid: (site) => write(site, "LOGISTIC", [0]),
    hardSwish: (site) => write(site, "HARD_SWISH", [0]),
    clip: (site) => isRelu6(site.node) && write(site, "RELU6", [0]),
    silu: writeSilu,
    hardSigmoid: writeHardSigmoid,
    globalAveragePool: (site) => writeMean(site, [2, 3], true),
    reduceMean: (site) => writeMean(site, site.node.attributes.axes, site.node.attributes.keepDims),
    concat: writeConcat,
    split: writeSplit,
    flatten: writeFlatten,
    reshape: writeReshape,
  };
}

/** Ops whose operators compute an activation, too. */
export const FUSES: readonly OpName[] = ["conv", "matmul", "maxPool", "averagePool", "add", "mul"];

export function isRelu6({ attributes }: NodeOf<"clip">): boolean {
  return attributes.min === 0 && attributes.max === 6;
}

type Any = Pick<Site, "model" | "output" | "value">;

function write(
  { model, output, value }: Any,
  name: OperatorName,
  operands: readonly number[],
  options?: Parameters<Site["model"]["operator"]>[3],
): true {
  model.operator(name, operands.map(value), output, options);
  return true;
}

function writeSilu(site: Site<"silu">): boolean {
  const x = site.value(0);
  const logistic = site.between(toChannelsLast(site.dims(0)));
  site.model.operator("LOGISTIC", [x], logistic);
  site.model.operator("MUL", [x, logistic], site.output, OPTIONS.mul("none"));
  return true;
}

/** As Keras has it: relu6(x + 3) / 6. */
function writeHardSigmoid(site: Site<"hardSigmoid">): boolean {
  const { alpha, beta } = site.node.attributes;
  if (Math.abs(alpha - 1 / 6) > 1e-7 || beta !== 0.5) return false;
  const sum = site.between(toChannelsLast(site.dims(0)));
  const number = (of: number) => site.constant([], Float32Array.of(of));
  site.model.operator("ADD", [site.value(0), number(3)], sum, OPTIONS.add("relu6"));
  site.model.operator("MUL", [sum, number(1 / 6)], site.output, OPTIONS.mul("none"));
  return true;
}

function writeMean(
  site: Site<"globalAveragePool"> | Site<"reduceMean">,
  axes: readonly number[] | undefined,
  keepDims: boolean,
): boolean {
  const dims = site.dims(0);
  if (dims.length !== 4 || axes?.join() !== "2,3") return false;
  const spatial = site.constant([2], Int32Array.of(1, 2));
  const mean = keepDims ? site.output : site.between([dims[0]!, 1, 1, dims[1]!]);
  site.model.operator("MEAN", [site.value(0), spatial], mean, OPTIONS.keepDims());
  if (!keepDims) reshape(site, mean, [dims[0]!, dims[1]!]);
  return true;
}

function reshape(site: Any & Pick<Site, "constant">, x: number, dims: readonly number[]): void {
  const shape = site.constant([dims.length], Int32Array.from(dims));
  site.model.operator("RESHAPE", [x, shape], site.output, OPTIONS.reshape(dims));
}

function writeConcat(site: Site<"concat">): boolean {
  const { inputs, attributes, type } = site.node;
  const operands = inputs.map((_, position) => position);
  const axis = axisOf(attributes.axis, type.dims.length);
  return write(site, "CONCATENATION", operands, OPTIONS.concatenation(axis));
}

function writeSplit(site: Site<"split">): boolean {
  const { axis, sizes, index } = site.node.attributes;
  const dims = toChannelsLast(site.node.type.dims);
  const start = sizes!.slice(0, index).reduce((sum, size) => sum + size, 0);
  const begin = dims.map((_, d) => (d === axisOf(axis, dims.length) ? start : 0));
  const list = (of: readonly number[]) => site.constant([of.length], Int32Array.from(of));
  site.model.operator("SLICE", [site.value(0), list(begin), list(dims)], site.output);
  return true;
}

/** Rows in our order of channels and pixels. */
function writeFlatten(site: Site<"flatten">): boolean {
  const [x, { dims }] = [site.dims(0), site.node.type];
  if (x.length > 4) return false;
  const isMap = x.length === 4 && x[2]! * x[3]! > 1;
  if (!isMap) reshape(site, site.value(0), dims);
  else {
    const first = site.between(x);
    const order = site.constant([4], Int32Array.of(0, 3, 1, 2));
    site.model.operator("TRANSPOSE", [site.value(0), order], first);
    reshape(site, first, dims);
  }
  return true;
}

/** Of channels alone, maps as they are. */
function writeReshape(site: Site<"reshape">): boolean {
  const [from, to] = [site.dims(0), site.node.type.dims];
  const outside = (dims: readonly number[]) => [dims[0], ...dims.slice(-2)].join();
  if (from.length < 4 || to.length < 4 || outside(from) !== outside(to)) return false;
  reshape(
    site,
    site.value(0),
    channelsLast(to.length).map((d) => to[d]!),
  );
  return true;
}
