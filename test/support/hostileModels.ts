/** ONNX files that are broken, that lie, or that never end, each with the code of the error that refuses it. */
import { tensor } from "../../compiler/base/tensor.js";
import { generator } from "../ops/cases/opCase.js";
import { encodeMessage, onnxModel, type NodeText, type OnnxText } from "./onnxModel.js";

export interface HostileModel {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly code: string;
}

const image = { x: "f32[1,2,8,4]" };
const kernel = { w: tensor("f32", [2, 2, 3, 3], new Float32Array(36).fill(0.1)) };
const ofNodes = (nodes: readonly NodeText[], rest: Partial<OnnxText> = {}): Uint8Array =>
  onnxModel({ inputs: image, nodes, outputs: ["y"], ...rest });
const conv = (attributes: NonNullable<NodeText["attributes"]>): Uint8Array =>
  ofNodes([{ op: "Conv", in: ["x", "w"], out: ["y"], attributes }], { initializers: kernel });
const pool = (op: string, attributes: NodeText["attributes"]): Uint8Array =>
  ofNodes([{ op, in: ["x"], out: ["y"], attributes: { kernel_shape: [2, 2], ...attributes } }]);
/** One node whose last input is a list of whole numbers. */
const sized = (op: string, inputs: readonly string[], ...sizes: readonly number[]): Uint8Array =>
  ofNodes([{ op, in: [...inputs, "sizes"], out: ["y"] }], {
    initializers: { sizes: tensor("i64", [sizes.length], sizes) },
  });
const relu: NodeText = { op: "Relu", in: ["x"], out: ["y"], name: "act" };
const branch: OnnxText = { nodes: [{ ...relu, out: ["r"] }], outputs: ["r"] };

const sound = conv({ pads: [1, 1, 1, 1] });

/** A sum with an initializer that is written as the message says. */
function withTensor(message: object): Uint8Array {
  return onnxModel(
    { inputs: image, nodes: [{ op: "Add", in: ["x", "w"], out: ["y"] }], outputs: ["y"] },
    {
      change: (model) =>
        Object.assign(model["graph"] as object, { initializer: [{ name: "w", ...message }] }),
    },
  );
}

/** A tensor of four numbers in another file. */
export function externalTensor(entries: Readonly<Record<string, string>>): Uint8Array {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return withTensor({ dims: [4], dataType: 1, dataLocation: 1, externalData });
}

const EACH_OUTER = 16;

/** Functions each of which calls the next many times: a small file that is a large model. */
function bomb(): Uint8Array {
  const levels = Array.from({ length: 8 }, (_, level) => ({
    name: `f${level}`,
    domain: "own",
    inputs: ["a0"],
    outputs: [`a${EACH_OUTER}`],
    nodes: Array.from({ length: EACH_OUTER }, (_, i): NodeText => {
      const called = level === 7 ? { op: "Relu" } : { op: `f${level + 1}`, domain: "own" };
      return { ...called, in: [`a${i}`], out: [`a${i + 1}`] };
    }),
  }));
  const nodes: NodeText[] = [{ op: "f0", domain: "own", in: ["x"], out: ["y"] }];
  return onnxModel({ inputs: image, nodes, outputs: ["y"] }, { functions: levels });
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** `If` inside `If`, without a message for each: those would be too deep to write, too. */
export function nestedBranches(depth: number): Uint8Array {
  const text = (tag: number, value: string): number[] => [
    ...[tag, value.length],
    ...Buffer.from(value),
  ];
  // AttributeProto: name, type GRAPH, g. NodeProto: op_type, input, output, attribute. GraphProto: node.
  const before = [
    [...text(0x0a, "then_branch"), 0xa0, 0x01, 5, 0x32],
    [...text(0x22, "If"), ...text(0x0a, "c"), ...text(0x12, "y"), 0x2a],
    [0x0a],
  ];
  const parts: number[][] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    for (const prefix of before) {
      const part = [...prefix, ...varint(length)];
      parts.push(part);
      length += part.length;
    }
  }
  return Uint8Array.from([0x3a, ...varint(length), ...parts.reverse().flat()]);
}

function randomBytes(seed: number, length: number): Uint8Array {
  const next = generator(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

const broken: readonly HostileModel[] = [
  { title: "nothing in it", bytes: new Uint8Array(0), code: "bad-file" },
  ...[0.1, 0.5, 0.9].map((part) => ({
    title: `${100 * part} % of a model`,
    bytes: sound.subarray(0, Math.floor(sound.length * part)),
    code: "bad-file",
  })),
  ...[1, 2, 3].map((seed) => ({
    title: `random bytes (${seed})`,
    bytes: randomBytes(seed, 4096),
    code: "bad-file",
  })),
  ...[0, 1, 3, 5].map((wire) => ({
    title: `a graph of wire type ${wire}`,
    bytes: Uint8Array.from([(7 << 3) | wire, 1, 0, 0, 0, 0, 0, 0, 0]),
    code: "bad-file",
  })),
  {
    title: "a field that is longer than the file",
    bytes: Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3]),
    code: "bad-file",
  },
  { title: "10,000 branches, each in the other", bytes: nestedBranches(10_000), code: "too-large" },
  {
    title: "a function that calls itself",
    bytes: onnxModel(
      { inputs: image, nodes: [{ op: "f", domain: "own", in: ["x"], out: ["y"] }], outputs: ["y"] },
      {
        functions: [
          {
            name: "f",
            domain: "own",
            inputs: ["a"],
            outputs: ["b"],
            nodes: [{ op: "f", domain: "own", in: ["a"], out: ["b"] }],
          },
        ],
      },
    ),
    code: "too-large",
  },
  { title: "functions that multiply", bytes: bomb(), code: "too-large" },
];

const far = [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30];
const farAround = [0, 0, 2 ** 30, 2 ** 30, 0, 0, 2 ** 30, 2 ** 30];
const huge: readonly HostileModel[] = [
  ...[[2 ** 40], [2 ** 20, 2 ** 20], [2 ** 52, 2 ** 52]].map((dims) => ({
    title: `a tensor that claims [${dims.join(",")}]`,
    bytes: withTensor({ dims, dataType: 1, rawData: new Uint8Array(4) }),
    code: "too-large",
  })),
  {
    title: "an input of 2^40 elements",
    bytes: ofNodes([relu], { inputs: { x: `f32[${2 ** 40}]` } }),
    code: "too-large",
  },
  { title: "a convolution with pads of 2^30", bytes: conv({ pads: far }), code: "bad-attribute" },
  {
    title: "a max pool with pads of 2^30",
    bytes: pool("MaxPool", { pads: far }),
    code: "bad-attribute",
  },
  {
    title: "an average pool with pads of 2^30",
    bytes: pool("AveragePool", { pads: far }),
    code: "bad-attribute",
  },
  { title: "pads of 2^30", bytes: sized("Pad", ["x"], ...farAround), code: "bad-attribute" },
  {
    title: "repeats of 2^20",
    bytes: sized("Tile", ["x"], 2 ** 20, 2 ** 20, 1, 1),
    code: "too-large",
  },
  {
    title: "an expansion to 2^40",
    bytes: sized("Expand", ["x"], 2 ** 40, 2, 8, 4),
    code: "too-large",
  },
  {
    title: "a constant of 2^40 zeros",
    bytes: sized("ConstantOfShape", [], 2 ** 40),
    code: "too-large",
  },
  {
    title: "a resizing to 2^40",
    bytes: sized("Resize", ["x", "", ""], 1, 2, 2 ** 20, 2 ** 20),
    code: "too-large",
  },
  {
    title: "a dilation of 2^53",
    bytes: conv({ dilations: [2 ** 53, 1] }),
    code: "bad-attribute",
  },
];

const wrong: readonly HostileModel[] = [
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

export const hostileModels: readonly HostileModel[] = [...broken, ...huge, ...wrong];
