/** ONNX files of nodes that mean nothing. */
import { tensor } from "../../../compiler/base/tensor.js";
import { encodeMessage, onnxModel } from "../onnxModel.js";
import {
  branch,
  conv,
  type HostileModel,
  image,
  kernel,
  ofNodes,
  pool,
  relu,
} from "./hostileModel.js";

export const wrong: readonly HostileModel[] = [
  { title: "a stride of zero", bytes: conv({ strides: [0, 1] }), code: "bad-attribute" },
  {
    title: "a pool's stride of zero",
    bytes: pool("MaxPool", { strides: [1, 0] }),
    code: "bad-attribute",
  },
  { title: "a dilation of zero", bytes: conv({ dilations: [0, 1] }), code: "bad-attribute" },
  { title: "no groups", bytes: conv({ group: 0 }), code: "bad-attribute" },
  {
    title: "a kernel of zero",
    bytes: pool("AveragePool", { kernel_shape: [0, 2] }),
    code: "bad-attribute",
  },
  {
    title: "a node that reads itself",
    bytes: ofNodes([{ op: "Add", in: ["x", "y"], out: ["y"] }]),
    code: "cycle",
  },
  {
    title: "a cycle through a branch",
    bytes: ofNodes(
      [
        {
          op: "If",
          in: ["c"],
          out: ["y"],
          attributes: {
            then_branch: { ...branch, nodes: [{ op: "Relu", in: ["z"], out: ["r"] }] },
            else_branch: branch,
          },
        },
        { op: "Relu", in: ["y"], out: ["z"] },
      ],
      { initializers: { c: tensor("bool", [], [1]) } },
    ),
    code: "cycle",
  },
  { title: "two values of a name", bytes: ofNodes([relu, relu]), code: "duplicate-name" },
  {
    title: "a value with an input's name",
    bytes: ofNodes([{ ...relu, out: ["x"] }, relu]),
    code: "duplicate-name",
  },
  {
    title: "two initializers of a name",
    bytes: onnxModel(
      { inputs: image, nodes: [relu], outputs: ["y"], initializers: kernel },
      {
        change: (model) => {
          const graph = model["graph"] as { initializer: object[] };
          graph.initializer.push(...graph.initializer);
        },
      },
    ),
    code: "duplicate-name",
  },
  {
    title: "a name that nothing has",
    bytes: ofNodes([{ op: "Add", in: ["x", "q"], out: ["y"] }]),
    code: "unknown-operand",
  },
  {
    title: "an output that nothing computes",
    bytes: ofNodes([relu], { outputs: ["q"] }),
    code: "unknown-operand",
  },
  {
    title: "an opset from the future",
    bytes: onnxModel({ inputs: image, nodes: [relu], outputs: ["y"] }, { opset: 2 ** 31 }),
    code: "unsupported",
  },
  {
    title: "a graph without a node or output",
    bytes: encodeMessage("ModelProto", { opsetImport: [{ version: 21 }], graph: {} }),
    code: "no-output",
  },
];
