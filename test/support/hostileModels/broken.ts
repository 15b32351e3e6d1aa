/** ONNX files that are no files of ONNX, or never end. */
import { generator } from "../../ops/cases/opCase.js";
import { type NodeText, onnxModel } from "../onnxModel.js";
import { conv, type HostileModel, image } from "./hostileModel.js";

const sound = conv({ pads: [1, 1, 1, 1] });

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

export const broken: readonly HostileModel[] = [
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
  { title: "functions that multiply", bytes: bomb(), code: "over-budget" },
];
