/** A small static quantiser: ONNX models of floats as models of bytes, in both forms that onnxruntime's own tool writes. */
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { floatBytes, type FloatModel } from "./floatModel.js";
import { MICROSOFT, type NodeText } from "./onnxModel.js";
import { runOnnx } from "./onnxRuntime.js";

export interface Quantization {
  /** Of what comes between layers; weights are i8, a scale for each output channel. */
  readonly dtype: "u8" | "i8";
  /** Layers of floats between DequantizeLinear and QuantizeLinear, or layers of bytes. */
  readonly form: "qdq" | "operators";
}

/** A model whose input is that of the model of floats, and its output floats again, by the name `logits`. */
export interface Quantized extends FloatModel {
  /** Names of the integers between layers, in order. */
  readonly integers: readonly string[];
}

/** Calibrates by one image. Convolutions, sums, pools and a classifier are known. */
export async function quantize(
  model: FloatModel,
  image: Tensor,
  how: Quantization,
): Promise<Quantized> {
  const { nodes, input, dims } = model;
  const all = nodes.flatMap(({ out }) => out);
  const values = await runOnnx(floatBytes(model, all), new Map([[input, image]]));
  const writer = new Writer(model, new Map([...values, [input, image]]), how);
  writer.quantize(input);
  const layers = withoutActivations(nodes);
  for (const node of layers) writer.add(node);
  const last = layers.at(-1)!.out[0]!;
  writer.push("DequantizeLinear", [last + Q, ...writer.quantum(last)], "logits");
  const integers = [input, ...layers.flatMap(({ out }) => out)].map((name) => name + Q);
  return {
    nodes: writer.nodes,
    constants: writer.constants,
    input,
    dims,
    output: "logits",
    integers,
  };
}

/** A layer yields what its activation would: what that cuts off does not fit the bytes. */
function withoutActivations(nodes: readonly NodeText[]): readonly NodeText[] {
  const isActivation = ({ op }: NodeText): boolean => op === "Relu" || op === "Clip";
  const later = new Map(nodes.filter(isActivation).map((node) => [node.in![0]!, node.out]));
  const layers = nodes.filter((node) => !isActivation(node));
  return layers.map((node) => ({ ...node, out: later.get(node.out[0]!) ?? node.out }));
}

/** After the names of integers. */
const Q = "_q";

const LEVELS = { u8: [0, 255], i8: [-128, 127] } as const;

/** Names of integers, their scale and their zero point. */
type Bytes = readonly [string, string, string];

class Writer {
  readonly nodes: NodeText[] = [];
  readonly constants: Record<string, Tensor> = {};
  /** Names of scale and zero point by values, which some share. */
  readonly #quanta = new Map<string, readonly [string, string]>();

  constructor(
    private readonly model: FloatModel,
    private readonly values: ReadonlyMap<string, Tensor>,
    private readonly how: Quantization,
  ) {}

  push(
    op: string,
    inputs: readonly string[],
    out: string,
    attributes: NodeText["attributes"] = {},
  ) {
    const own = op === "QGemm" || (op.startsWith("QLinear") && op !== "QLinearConv");
    const domain = own ? MICROSOFT : "";
    this.nodes.push({ op, domain, in: inputs, out: [out], attributes });
  }

  /** Scale and zero point by which a value's range, with 0, fits the bytes. */
  quantum(name: string): readonly [string, string] {
    const before = this.#quanta.get(name);
    if (before !== undefined) return before;
    const [low, high] = LEVELS[this.how.dtype];
    const numbers = Array.from(this.values.get(name)!.data, Number);
    const [least, most] = [numbers.reduce(lesser, 0), numbers.reduce(greater, 0)];
    const step = Math.fround((most - least) / (high - low));
    const zero = Math.round(low - least / step);
    const quantum = [
      this.#constant(`${name}_scale`, tensor("f32", [], [step])),
      this.#constant(`${name}_zero`, tensor(this.how.dtype, [], [zero])),
    ] as const;
    this.#quanta.set(name, quantum);
    return quantum;
  }

  quantize(name: string, from = name): void {
    this.push("QuantizeLinear", [from, ...this.quantum(name)], name + Q);
  }

  add(node: NodeText): void {
    const { op, in: [x] = [], out, attributes } = node;
    const y = out[0]!;
    if (op === "MaxPool" || op === "Flatten") {
      // what only moves or chooses keeps its scale
      this.#quanta.set(y, this.quantum(x!));
      this.push(op, [x! + Q], y + Q, attributes);
    } else if (this.how.form === "operators") this.#addOperator(node, y);
    else this.#addBetween(node, y);
  }

  #constant(name: string, value: Tensor): string {
    this.constants[name] = value;
    return name;
  }

  #bytes(name: string): Bytes {
    return [name + Q, ...this.quantum(name)];
  }

  #addOperator(node: NodeText, y: string): void {
    const { op, in: [x, other] = [], attributes } = node;
    const [first, last] = [this.#bytes(x!), this.quantum(y)];
    if (op !== "Conv" && op !== "Gemm") {
      const second = other === undefined ? [] : this.#bytes(other);
      return this.push(`QLinear${op}`, [...first, ...second, ...last], y + Q);
    }
    const [weights, [bias]] = this.#parameters(node);
    if (op === "Conv")
      return this.push("QLinearConv", [...first, ...weights, ...last, bias], y + Q, attributes);
    this.push("QGemm", [...first, ...weights, bias, ...last], y + Q, attributes);
  }

  #addBetween(node: NodeText, y: string): void {
    const { op, in: inputs = [], attributes } = node;
    const layered = op === "Conv" || op === "Gemm";
    const read = (layered ? inputs.slice(0, 1) : inputs).map((name) => this.#bytes(name));
    const floats = read.map((bytes) => this.#dequantized(bytes));
    if (layered) {
      for (const bytes of this.#parameters(node))
        floats.push(this.#dequantized(bytes, { axis: 0 }));
    }
    this.push(op, floats, `${y}_raw`, attributes);
    this.quantize(y, `${y}_raw`);
  }

  #dequantized(bytes: Bytes, attributes: NodeText["attributes"] = {}): string {
    const name = `${bytes[0]}_f${this.nodes.length}`;
    this.push("DequantizeLinear", bytes, name, attributes);
    return name;
  }

  /** Weights of 8 bits and biases of 32, with a scale for each output channel. */
  #parameters({ in: [x, w, b] = [], out }: NodeText): readonly [Bytes, Bytes] {
    const { type, data } = this.model.constants[w!]!;
    const outputs = type.dims[0]!;
    const each = data.length / outputs;
    const weights = Array.from(data, Number);
    const steps = Array.from({ length: outputs }, (_, o) => {
      const own = weights.slice(o * each, (o + 1) * each).map(Math.abs);
      return Math.fround(own.reduce(greater, 1e-6) / 127);
    });
    const input = Number(this.constants[this.quantum(x!)[0]]!.data[0]);
    const biasSteps = steps.map((step) => Math.fround(step * input));
    const biases = Array.from(this.model.constants[b!]!.data, Number);
    const write = (name: string, values: Tensor, scales: readonly number[]): Bytes => {
      const { dtype } = values.type;
      const zeros = new Array<number>(outputs).fill(0);
      return [
        this.#constant(name, values),
        this.#constant(`${name}_scale`, tensor("f32", [outputs], scales)),
        this.#constant(`${name}_zero`, tensor(dtype, [outputs], zeros)),
      ];
    };
    const levels = weights.map((value, i) => Math.round(value / steps[Math.floor(i / each)]!));
    const sums = biases.map((value, o) => Math.round(value / biasSteps[o]!));
    return [
      write(`${out[0]!}_w`, tensor("i8", type.dims, levels), steps),
      write(`${out[0]!}_b`, tensor("i32", [outputs], sums), biasSteps),
    ];
  }
}

const lesser = (a: number, b: number): number => Math.min(a, b);
const greater = (a: number, b: number): number => Math.max(a, b);
