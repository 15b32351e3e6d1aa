/** A node of some version of an op, with values for its inputs, and the model of it alone. */
import { NEWEST_OPSET } from "../../../compiler/frontend/onnx/import.js";
import { onnxOps } from "../../../compiler/frontend/onnx/ops.js";
import { formatType, type Tensor } from "../../../compiler/base/tensor.js";
import {
  MICROSOFT,
  onnxModel,
  type AttributeInput,
  type NodeText,
  type OnnxText,
} from "../../support/onnxModel.js";
import type { Random } from "../../support/random.js";
import { schemaOf } from "./changelog.js";
import { createDraw, type Operand, type Pool, type Sketch } from "./draw.js";
import { generators } from "./generators.js";

export interface NodeCase {
  readonly op: string;
  /** The version of the op's schema. */
  readonly since: number;
  /** The opset that the model is of. */
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeInput>>;
  readonly inputs: readonly (Operand | undefined)[];
  readonly outputs: readonly string[];
}

/** The newest opset that onnxruntime-web loads. */
export const PEER_OPSET = 26;

/** First and last opset at which a version of an op counts; from 7 on where it does there. Other domains count for themselves. */
export function opsetsOf(op: string, since: number): readonly [number, number] {
  if (op.includes(".")) return [7, NEWEST_OPSET];
  const { versions, until } = onnxOps[op]!;
  const next = versions.find((version) => version.since > since)?.since ?? until;
  const last = (next ?? NEWEST_OPSET + 1) - 1;
  return [last >= 7 ? Math.max(since, 7) : since, last];
}

/** An opset of a version: the first, or any other that onnxruntime-web loads. */
function drawOpset(random: Random, op: string, since: number): number {
  const [first, last] = opsetsOf(op, since);
  return random.chance(0.5)
    ? first
    : random.int(first, Math.max(first, Math.min(last, PEER_OPSET)));
}

/** Inputs by name of what is drawn, x0, x1 … */
class Inputs implements Pool {
  readonly values: Operand[] = [];

  add(value: Tensor, constant: boolean): Operand {
    const { dtype, dims } = value.type;
    const name = `x${this.values.length}`;
    const operand: Operand = {
      name,
      dtype,
      dims,
      tensor: value,
      ...(constant ? { constant } : {}),
    };
    this.values.push(operand);
    return operand;
  }
}

export function nodeOf(op: string, { attributes = {}, inputs, outputs = 1 }: Sketch, prefix = "y") {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, AttributeInput] => entry[1] !== undefined,
  );
  return {
    op,
    attributes: Object.fromEntries(given),
    inputs,
    outputs: Array.from({ length: outputs }, (_, i) => `${prefix}${i}`),
  };
}

/** A random node of a version, whose operands are its own. */
export function drawNodeCase(random: Random, op: string, since: number): NodeCase {
  const opset = drawOpset(random, op, since);
  const pool = new Inputs();
  const draw = createDraw(random, {
    get values() {
      return [];
    },
    add: (...args) => pool.add(...args),
  });
  const sketch = generators[op]!(draw, schemaOf(op, since));
  return { ...nodeOf(op, sketch), since, opset };
}

export function textOf({ op, attributes, inputs, outputs }: NodeCase): NodeText {
  const last = inputs.findLastIndex((input) => input !== undefined);
  const names = inputs.slice(0, last + 1).map((input) => input?.name ?? "");
  const own = op.startsWith(`${MICROSOFT}.`);
  const named = own ? { domain: MICROSOFT, op: op.slice(MICROSOFT.length + 1) } : { op };
  return { ...named, in: names, out: outputs, attributes };
}

const given = (inputs: NodeCase["inputs"]): Operand[] =>
  inputs.filter((input) => input !== undefined);

/** A model around some nodes whose inputs are these operands. */
export function modelOf(
  nodes: readonly NodeText[],
  operands: readonly Operand[],
  outputs: OnnxText["outputs"],
  opset: number,
): Uint8Array {
  const constants = operands.filter(({ constant }) => constant === true);
  const inputs = operands.filter(({ constant }) => constant !== true);
  return onnxModel(
    {
      nodes,
      inputs: Object.fromEntries(
        inputs.map(({ name, dtype, dims }) => [name, formatType({ dtype, dims })]),
      ),
      initializers: Object.fromEntries(constants.map(({ name, tensor }) => [name, tensor!])),
      outputs,
    },
    { opset },
  );
}

/** The model of one node. */
export function caseModel(one: NodeCase, opset = one.opset): Uint8Array {
  return modelOf([textOf(one)], given(one.inputs), one.outputs, opset);
}

export function caseInputs({ inputs }: NodeCase): Map<string, Tensor> {
  const fed = given(inputs).filter(({ constant }) => constant !== true);
  return new Map(fed.map(({ name, tensor }) => [name, tensor!]));
}

/** `Add 14 (opset 17) {axis=1}: f32[2,3] @f32[3]`, where @ marks constants. */
export function titleOf({ op, since, opset, attributes, inputs }: NodeCase): string {
  const shown = Object.entries(attributes).map(([name, value]) => `${name}=${shownValue(value)}`);
  const operands = inputs.map((input) => (input === undefined ? "–" : shownOperand(input)));
  return `${op} ${since} (opset ${opset}) {${shown.join(", ")}}: ${operands.join(" ")}`;
}

function shownValue(value: AttributeInput): string {
  if (typeof value === "object" && "data" in value) return [...value.data].join(",");
  return Array.isArray(value) ? `[${value.join(",")}]` : String(value as number);
}

function shownOperand({ dtype, dims, constant, tensor }: Operand): string {
  const values =
    tensor !== undefined && tensor.data.length <= 12 ? `=${[...tensor.data].join(",")}` : "";
  return `${constant === true ? "@" : ""}${formatType({ dtype, dims })}${values}`;
}
