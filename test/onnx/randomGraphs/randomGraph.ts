/** Random graphs of ONNX nodes, drawn from the generators of all versions of all ops. */
import fc from "fast-check";
import { CompileError } from "../../../compiler/base/error.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { onnxOps } from "../../../compiler/frontend/onnx/ops.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import {
  elementCount,
  formatType,
  type Tensor,
  type TensorType,
} from "../../../compiler/base/tensor.js";
import { inChains } from "../schemas/chains.js";
import { createDraw, type Operand } from "../schemas/draw.js";
import { exceptionOf } from "../schemas/exceptions.js";
import { schemaOf } from "../schemas/changelog.js";
import { generators } from "../schemas/generators.js";
import {
  caseModel,
  modelOf,
  nodeOf,
  opsetsOf,
  PEER_OPSET,
  textOf,
  titleOf,
  type NodeCase,
} from "../schemas/nodeCase.js";
import { CHOICES, chosen } from "./choices.js";

/** Ops whose outputs have as many rows as a run finds: they come with a count, and few ops take them. */
const COUNTED: ReadonlySet<string> = new Set(["NonZero", "Compress", "NonMaxSuppression"]);

/** Versions that count at some opset from 7 on that onnxruntime-web loads. */
export const versions = Object.entries(onnxOps).flatMap(([op, row]) =>
  (inChains.has(op) || COUNTED.has(op) ? [] : row.versions).flatMap(({ since }) => {
    const [first, last] = opsetsOf(op, since);
    return last >= 7 && first <= PEER_OPSET
      ? [{ op, since, first, last: Math.min(last, PEER_OPSET) }]
      : [];
  }),
);

export type VersionOf = (typeof versions)[number];

/** What a graph is drawn from: shorter lists and smaller numbers are simpler graphs. */
export interface Draft {
  /** The version that the first node is of, and with it the opset. */
  readonly version: number;
  readonly opset: number;
  readonly nodes: readonly { readonly op: number; readonly choices: readonly number[] }[];
  /** Whether values between nodes are outputs too. */
  readonly exposed: boolean;
}

const choice = fc.integer({ min: 0, max: CHOICES - 1 });

export const drafts: fc.Arbitrary<Draft> = fc.record({
  version: fc.integer({ min: 0, max: versions.length - 1 }),
  opset: choice,
  nodes: fc.array(
    fc.record({
      op: choice,
      choices: fc.array(choice, { minLength: 40, maxLength: 40, size: "max" }),
    }),
    { minLength: 1, maxLength: 8, size: "max" },
  ),
  exposed: fc.boolean(),
});

/** A node of a graph, read by itself. */
export interface GraphNode extends NodeCase {
  readonly raw: Graph;
}

export interface RandomGraph {
  readonly opset: number;
  /** Inputs and initializers, all with their values. */
  readonly operands: readonly Operand[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

/** Larger values take longer, and say nothing more. */
const MOST_ELEMENTS = 1024;

/** The graph of a draft; nodes that onnxruntime-web does not take, or that would be large, are left out. */
export function graphOf({ version, opset: place, nodes: drawn, exposed }: Draft): RandomGraph {
  const first = versions[version]!;
  const opset = first.first + Math.floor((place / CHOICES) * (first.last - first.first + 1));
  const known = versions.filter((one) => one.first <= opset && opset <= one.last);
  const operands: Operand[] = [];
  const values: Operand[] = [];
  const nodes: GraphNode[] = [];
  for (const [i, { op, choices }] of drawn.entries()) {
    const { op: name, since } = i === 0 ? first : known[Math.floor((op / CHOICES) * known.length)]!;
    const fresh: Operand[] = [];
    const draw = createDraw(chosen(choices), {
      values,
      add(value: Tensor, constant: boolean): Operand {
        const { dtype, dims } = value.type;
        const operand: Operand = {
          name: `x${operands.length + fresh.length}`,
          dtype,
          dims,
          tensor: value,
          ...(constant ? { constant } : {}),
        };
        fresh.push(operand);
        return operand;
      },
    });
    const one = {
      ...nodeOf(name, generators[name]!(draw, schemaOf(name, since)), `n${i}_`),
      since,
      opset,
    };
    const raw = readNode(one);
    if (raw === undefined) continue;
    const types = outputTypes(raw);
    if ([...types, ...one.inputs].some((type) => type && elementCount(type.dims) > MOST_ELEMENTS))
      continue;
    operands.push(...fresh);
    nodes.push({ ...one, raw });
    values.push(...fresh.filter(({ constant }) => constant !== true));
    values.push(
      ...types.map(({ dtype, dims }, output) => ({ name: one.outputs[output]!, dtype, dims })),
    );
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map((input) => input?.name)));
  const all = nodes.flatMap(({ outputs }) => outputs);
  const ends = all.filter((name) => exposed || !read.has(name));
  return { opset, operands, nodes, outputs: ends };
}

/** Types of values stand in for the values: exceptions that look at numbers hold for none. Throws CompileError. */
function readNode(one: NodeCase): Graph | undefined {
  const { how, off } = exceptionOf(one) ?? {};
  if (how === "refused" || how === "unsupported") return undefined;
  const always = off === undefined && exceptionOf(withoutValues(one)) !== undefined;
  if (how === "differs" && always) return undefined;
  try {
    return inferShapes(readOnnx(caseModel(one)));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new Error(`${titleOf(one)}: ${error.message}`, { cause: error });
  }
}

function withoutValues(one: NodeCase): NodeCase {
  const inputs = one.inputs.map((input) => {
    if (input === undefined || input.constant === true) return input;
    const { name, dtype, dims } = input;
    return { name, dtype, dims };
  });
  return { ...one, inputs };
}

function outputTypes(raw: Graph): TensorType[] {
  const types = new Map<string, TensorType>([
    ...raw.inputs.map(({ name, type }) => [`%${name}`, type] as const),
    ...raw.nodes.map(({ name, type }) => [`%${name}`, type] as const),
    ...raw.constants.map(({ name, type }) => [`@${name}`, type] as const),
  ]);
  return raw.outputs.map(({ value }) => types.get(value)!);
}

export function graphModel(
  { nodes, operands, opset }: RandomGraph,
  outputs: readonly string[],
): Uint8Array {
  return modelOf(nodes.map(textOf), operands, outputs, opset);
}

export function graphInputs({ operands }: RandomGraph): Map<string, Tensor> {
  const fed = operands.filter(({ constant }) => constant !== true);
  return new Map(fed.map(({ name, tensor }) => [name, tensor!]));
}

/** The graph node by node, with its inputs' values: enough to write it down as a test. */
export function graphText({ opset, nodes, operands, outputs }: RandomGraph): string {
  const given = operands.map(
    ({ name, dtype, dims, tensor, constant }) =>
      `  ${constant === true ? "@" : ""}${name}: ${formatType({ dtype, dims })} = ${[...tensor!.data].slice(0, 64).join(",")}`,
  );
  const lines = nodes.map((node) => {
    const names = node.inputs.map((input) => input?.name ?? "–").join(" ");
    return `  ${node.outputs.join(" ")} = ${names}: ${titleOf(node)}`;
  });
  return [`opset ${opset}`, ...given, ...lines, `  return ${outputs.join(" ")}`].join("\n");
}
