/** ONNX models of floats whose convolutions find the scale of what they read in each run, as onnxruntime's tool writes them. */
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import type { FloatModel } from "./floatModel.js";
import type { NodeText } from "./onnxModel.js";

/** DynamicQuantizeLinear, ConvInteger, Cast, and products with both scales; weights are i8 with one scale, biases floats. */
export function quantizeDynamically(model: FloatModel): FloatModel {
  const nodes: NodeText[] = [];
  const constants: Record<string, Tensor> = { ...model.constants };
  const read = new Set<string>();
  for (const node of model.nodes) {
    const [x, w, b] = node.in ?? [];
    const y = node.out[0]!;
    if (node.op !== "Conv") {
      nodes.push(node);
      continue;
    }
    const [bytes, scale, zero] = [`${x!}_q`, `${x!}_scale`, `${x!}_zero`] as const;
    if (!read.has(x!))
      nodes.push({ op: "DynamicQuantizeLinear", in: [x!], out: [bytes, scale, zero] });
    read.add(x!);
    const { type, data } = constants[w!]!;
    const values = Array.from(data, Number);
    const step = Math.fround(values.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 127);
    const levels = values.map((value) => Math.round(value / step));
    constants[`${w!}_q`] = tensor("i8", type.dims, levels);
    constants[`${w!}_scale`] = tensor("f32", [], [step]);
    constants[`${w!}_zero`] = tensor("i8", [], [0]);
    delete constants[w!];
    const sum = b === undefined ? y : `${y}_scaled`;
    const inputs = [bytes, `${w!}_q`, zero, `${w!}_zero`];
    nodes.push(
      { op: "ConvInteger", in: inputs, out: [`${y}_sum`], attributes: node.attributes ?? {} },
      { op: "Cast", in: [`${y}_sum`], out: [`${y}_float`], attributes: { to: 1 } },
      { op: "Mul", in: [scale, `${w!}_scale`], out: [`${y}_scales`] },
      { op: "Mul", in: [`${y}_float`, `${y}_scales`], out: [sum] },
    );
    if (b === undefined) continue;
    const bias = constants[b]!;
    constants[b] = tensor("f32", [1, bias.data.length, 1, 1], Array.from(bias.data, Number));
    nodes.push({ op: "Add", in: [sum, b], out: [y] });
  }
  return { ...model, nodes, constants };
}
