/** What layers and functions pass around while a model is written down: handles that record nodes. */
import { fail, type Problem } from "../../base/error.js";
import type { Tensor } from "../../base/tensor.js";
import { momentsOf, NOISE, type Moments } from "./moments.js";
import type {
  Attributes,
  Constant,
  ConstantSource,
  DefinitionNode,
  Operand,
} from "../../graph/definition.js";

/** Collects the nodes and parameters of one model in the order they are written. */
export interface Recorder {
  readonly nodes: DefinitionNode[];
  readonly constants: Map<string, Constant>;
  readonly names: Map<string, number>;
  /** Of every value recorded so far. */
  readonly moments: Map<Operand, Moments>;
  /** What was wrong with layers so far: `model` reports all of it. */
  readonly problems: Problem[];
}

/**
 * A value of a model being built. `Channels` is the size of its channel dimension where TypeScript knows
 * it, so that a mismatch shows in the editor.
 */
export interface Value<Channels extends number = number> {
  readonly operand: Operand;
  readonly recorder: Recorder;
  /** Only in types. */
  readonly channels?: Channels;
}

export function createRecorder(): Recorder {
  return { nodes: [], constants: new Map(), names: new Map(), moments: new Map(), problems: [] };
}

/** The recorder of a value; plain JavaScript may pass what is none to `reader`. Throws CompileError `missing-input`. */
export function recorderOf(x: Value | undefined, reader: string): Recorder {
  if (typeof x === "object" && x !== null && "recorder" in x) return x.recorder;
  const given = typeof x === "object" && x !== null ? "a layer or an object" : String(x);
  return fail("missing-input", `is given ${given} instead of a value`, {
    node: reader,
    hint: "values are the model's inputs, and what layers and functions return for them",
  });
}

/**
 * Adds a node to the model that `x` belongs to and returns its value; a name used before gets a number, so
 * that a layer may run twice.
 */
export function record<Channels extends number>(
  x: Value,
  op: string,
  inputs: readonly (Value | Operand | undefined)[],
  attributes: Attributes,
  /** A layer's path; what has none is named by its op and a number. */
  name = "",
): Value<Channels> {
  const recorder = recorderOf(x, name === "" ? op : name);
  const operands = inputs.map((input) => (typeof input === "object" ? input.operand : input));
  const unique = uniqueName(recorder, name === "" ? op : name, name === "");
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  recorder.nodes.push({
    name: unique,
    op,
    inputs: operands,
    attributes: Object.fromEntries(given),
  });
  const operand = `%${unique}` as const;
  const known = operands.map((one) => (one === undefined ? one : recorder.moments.get(one)));
  recorder.moments.set(operand, momentsOf(op, known, attributes));
  return { operand, recorder };
}

/** What is known of a value that a layer is about to read. */
export function momentsFor(x: Value, reader: string): Moments {
  return recorderOf(x, reader).moments.get(x.operand) ?? NOISE;
}

function uniqueName(recorder: Recorder, base: string, numbered: boolean): string {
  const count = (recorder.names.get(base) ?? 0) + 1;
  recorder.names.set(base, count);
  return count === 1 && !numbered ? base : `${base}_${count}`;
}

/** Declares a parameter once; a layer that runs twice shares it. */
export function parameter(
  x: Value,
  name: string,
  dims: readonly number[],
  values: Omit<Extract<ConstantSource, { kind: "seed" }>, "kind" | "seed">,
): Operand {
  const { constants } = recorderOf(x, name);
  if (!constants.has(name)) {
    const source: ConstantSource = { kind: "seed", seed: hashName(name), ...values };
    constants.set(name, { name, type: { dtype: "f32", dims }, source });
  }
  return `@${name}`;
}

/** A constant given by value: indices of a gather, a table, a scale. */
export function constant(like: Value, value: Tensor, name = "constant"): Value {
  const recorder = recorderOf(like, name);
  const unique = uniqueName(recorder, name, true);
  recorder.constants.set(unique, {
    name: unique,
    type: value.type,
    source: { kind: "data", data: value.data },
  });
  return { operand: `@${unique}`, recorder };
}

/** FNV-1a over UTF-16 units: every parameter has its own seed, whatever was declared before it. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 1;
}
