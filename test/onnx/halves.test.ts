/** Networks in f16 and bf16: computed in f32 as onnxruntime does it, or rounded wherever the file stores 16 bits. */
import { describe, expect, it } from "vitest";
import { networks } from "../../examples/index.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { readOnnx, type ReadOnnxOptions } from "../../compiler/frontend/onnx/import.js";
import { drawInputs } from "../../compiler/golden/drawInputs.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import type { Operand } from "../../compiler/graph/definition.js";
import type { Graph, Node } from "../../compiler/graph/graph.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { halfTwin, narrowed } from "../support/halfTwin.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";

function exported(name: string) {
  const { create, small } = networks.find((one) => one.name === name)!;
  const graph = inferShapes(create({ ...small, width: 0.125 }));
  return { graph, bytes: exportOnnx(graph), inputs: drawInputs(graph, 1) };
}

describe.each(["lenet5", "squeezenet1_1", "resnet18", "mobilenet_v3_small", "m5"])(
  "%s in f16",
  (name) => {
    const { bytes, inputs } = exported(name);
    const halves = new Map(
      [...inputs].map(([input, value]) => [input, narrowed(value, "f16")] as const),
    );

    const floats = new Map(
      [...inputs].map(([input, value]) => [input, narrowed(value, "f32")] as const),
    );

    it.each([
      ["keeps f32 for inputs and outputs", true],
      ["has f16 everywhere", false],
    ])("%s", async (_, keepIoTypes) => {
      const twin = halfTwin(bytes, keepIoTypes);
      const given = keepIoTypes ? inputs : halves;
      const { run } = await loadProduct(readOnnx(twin), "ts");
      const actual = run(given);
      const theirs = await runOnnx(twin, given);
      const wide = await runOnnx(halfTwin(bytes, false, "f32"), keepIoTypes ? inputs : floats);
      for (const [output, expected] of theirs) {
        const ours = actual.get(output)!;
        expect(ours.type).toEqual(expected.type);
        const last = keepIoTypes ? 2 ** -16 : 2 ** -11;
        // Weights are halves in all three; what is between them is f32 here, and at times f16 in onnxruntime.
        expect(distance(ours, wide.get(output)!)).toBeLessThan(last);
        expect(distance(ours, expected)).toBeLessThan(distance(expected, wide.get(output)!) + last);
      }
    });
  },
);

/** The largest difference, of the largest element. */
function distance({ data: a }: Tensor, { data: b }: Tensor): number {
  let [most, largest] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    most = Math.max(most, Math.abs(Number(a[i]) - Number(b[i])));
    largest = Math.max(largest, Math.abs(Number(b[i])));
  }
  return most / largest;
}

describe.each(["f16", "bf16"] as const)("lenet5 in %s with half: exact", (dtype) => {
  it("is what onnxruntime computes node by node, with every value rounded", async () => {
    const { graph, bytes, inputs } = exported("lenet5");
    const given = new Map([...inputs].map(([name, value]) => [name, narrowed(value, dtype)]));
    const twin = halfTwin(bytes, false, dtype);
    const expected = await rounded(graph, given, dtype);
    const outputs = async (options: ReadOnnxOptions): Promise<Tensor> => {
      const { run } = await loadProduct(readOnnx(twin, options), "ts");
      return [...run(given).values()][0]!;
    };
    const exact = await outputs({ half: "exact" });
    expect(exact.type).toEqual({ dtype, dims: [1, 10] });
    expect(exact.data).toEqual(expected.data);
    expect(distance(await outputs({}), exact)).toBeGreaterThan(0);
  });
});

/** The only output of a network whose nodes run one by one, from and to 16 bits. */
async function rounded(
  { nodes, constants, outputs }: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  dtype: "f16" | "bf16",
): Promise<Tensor> {
  const values = new Map<Operand, Tensor>();
  for (const [name, { type, data }] of inputs)
    values.set(`%${name}`, { type: { ...type, dtype: "f32" }, data });
  const asRounded = (value: Tensor): Tensor => ({ ...value, data: narrowed(value, dtype).data });
  for (const one of constants) values.set(`@${one.name}`, asRounded(constantTensor(one)));
  for (const node of nodes) {
    const read = node.inputs.filter((operand) => operand !== undefined);
    const name = (operand: Operand): string => operand.slice(1);
    const ports = read.map((one) => ({ name: name(one), type: values.get(one)!.type }));
    const single: Graph = {
      name: node.name,
      inputs: ports,
      nodes: [{ ...node, inputs: node.inputs.map((one) => one && `%${name(one)}`) } as Node],
      outputs: [{ name: "result", value: `%${node.name}` }],
      constants: [],
    };
    const given = new Map(read.map((one) => [name(one), values.get(one)!]));
    const result = (await runOnnx(exportOnnx(single), given)).get("result")!;
    values.set(`%${node.name}`, asRounded(result));
  }
  return values.get(outputs[0]!.value)!;
}
