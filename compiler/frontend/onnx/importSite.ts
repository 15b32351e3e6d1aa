/** What the importer of an ONNX op sees of one node, and the words it answers with. */
import { z } from "zod";
import { fail, type ProblemCode } from "../../base/error.js";
import type { Attributes, Operand } from "../../graph/definition.js";
import { tensor, type DType, type Tensor, type TensorType } from "../../base/tensor.js";

/** A layer of the Definition that has no name yet; the same object twice is the same layer. */
export interface Layer {
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
}

/** What a node's output is: a layer, a new constant, or something that was there before. */
export type Value = Operand | Layer | Tensor;

/** A list of values: it is there while a model is read, and in no Definition. */
export interface Sequence<Item = Value> {
  readonly items: readonly Item[];
}

/** What an input stands for. `absent`: an optional value that is not there. */
export type Given = Operand | Sequence<Operand> | "absent";

/** What an output is. */
export type Result = Value | Sequence | "absent";

/** Of a value that has as many rows as a run finds, and room along `axis` for the most that there can be. */
export interface Bound<Of = Operand> {
  readonly axis: number;
  /** bool[dim]: which rows are there. */
  readonly valid: Of;
  /** Whether those that are there come first. */
  readonly first: boolean;
}

export interface Site<Attributes = unknown> {
  /** The opset whose rules hold, as the model says. */
  readonly opset: number;
  /** ONNX attributes as the row's schema reads them. */
  readonly attributes: Attributes;
  /** undefined where an optional one is left out, or is no tensor. */
  readonly inputs: readonly (Operand | undefined)[];
  /** The same, with those that are no tensors. */
  readonly given: readonly (Given | undefined)[];
  /** Which outputs something reads. */
  readonly used: readonly boolean[];
  /** The value of an input that is a constant of the file; undefined where it must be computed, or is large. */
  constant(input: number): Tensor | undefined;
  /** The type of an input that is a constant of the file. */
  constantType(input: number): TensorType | undefined;
  /**
   * The value of an input after folding, for what cannot be said otherwise. Throws CompileError
   * `needs-constant` where it varies.
   */
  value(input: number): Tensor;
  /** The same, undefined where it varies or folding it is beyond the budget. */
  known(input: number): Tensor | undefined;
  /** The type of an input at the sizes that inputs are bound to; floats of all widths are f32. */
  type(input: number): TensorType;
  /** The element type of an input, to make another value of the same. */
  dtype(input: number): DType;
  /** What an element type of ONNX is here. Throws CompileError `unsupported`, which begins with `what`. */
  elementType(code: number, what: string): DType;
  /** Says of an output that it has as many rows as a run finds. */
  bounded(output: Layer, bound: Bound<Value>): Layer;
}

/** The names of a schema's inputs and the attributes that it has since an opset. */
export interface Version {
  readonly since: number;
  readonly attributes: readonly string[];
}

export interface Row {
  /** Names of the inputs; "?" after those that may be absent, "…" after one that stands for many. */
  readonly inputs: readonly string[];
  /** How many outputs there may be; one by default. */
  readonly outputs?: number;
  readonly schema: z.ZodObject;
  /** Ascending. */
  readonly versions: readonly Version[];
  /** The opset that took the op away. */
  readonly until?: number;
  /** Whether inputs may be no tensors. */
  readonly sequences?: boolean;
  /** The outputs, or the only one; `attributes` are what the schema read. Throws CompileError. */
  build(site: Site): Result | readonly (Result | undefined)[];
}

interface RowSpec<Shape extends z.ZodRawShape> {
  /** "X W B?" */
  readonly inputs: string;
  readonly outputs?: number;
  /** Every attribute that some version has. */
  readonly attributes?: Shape;
  /**
   * Opsets in which the schema changed; with a list of names where that version has not all the
   * attributes: `[1, 11, [13, ["axis"]]]`.
   */
  readonly since: readonly (number | readonly [number, readonly (keyof Shape & string)[]])[];
  readonly until?: number;
  readonly sequences?: boolean;
  build(site: Site<z.output<z.ZodObject<Shape>>>): Result | readonly (Result | undefined)[];
}

/** One op of ONNX. */
export function row<Shape extends z.ZodRawShape = Record<never, never>>(spec: RowSpec<Shape>): Row {
  const shape = spec.attributes ?? ({} as Shape);
  const all = Object.keys(shape);
  return {
    inputs: spec.inputs.split(" ").filter((name) => name !== ""),
    ...(spec.outputs === undefined ? {} : { outputs: spec.outputs }),
    ...(spec.until === undefined ? {} : { until: spec.until }),
    ...(spec.sequences === undefined ? {} : { sequences: spec.sequences }),
    schema: z.object(shape),
    versions: spec.since.map((version) =>
      typeof version === "number"
        ? { since: version, attributes: all }
        : { since: version[0], attributes: version[1] },
    ),
    build: spec.build as Row["build"],
  };
}

export function layer(
  op: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes = {},
): Layer {
  return { op, inputs, attributes };
}

/** A list of i64 as a constant. */
export const list = (values: readonly number[]): Tensor => tensor("i64", [values.length], values);

export const reshape = (x: Value, ...shape: readonly number[]): Layer =>
  layer("reshape", [x], { shape });

export const transpose = (x: Value, ...permutation: readonly number[]): Layer =>
  layer("transpose", [x], { permutation });

/** An op of ours with the same operands and attributes. */
export const same =
  (op: string) =>
  ({ inputs, attributes }: Site): Layer =>
    layer(op, inputs, attributes as Attributes);

/** Throws what keeps this node from being read; the caller adds its name and op. */
export function refuse(message: string, hint?: string, code: ProblemCode = "unsupported"): never {
  return fail(code, message, hint === undefined ? {} : { hint });
}

export const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);
export const integer = z.int();
export const integers = z.array(z.int()).readonly();
/** Any number of f32, the infinite ones too. */
export const float = z.union([z.number(), z.literal(Infinity), z.literal(-Infinity), z.nan()]);
export const floats = z.array(float).readonly();
export const tensorValue = z.custom<Tensor>(
  (value) => typeof value === "object" && value !== null && "data" in value,
  "expected a tensor",
);
