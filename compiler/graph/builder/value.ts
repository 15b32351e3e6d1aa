/** What layers and functions pass around while a model is written down: handles that record nodes. */
import type { Tensor } from "../../tensor.js";
import type {
  Attributes,
  Constant,
  ConstantSource,
  DefinitionNode,
  Operand,
} from "../definition.js";

/** Collects the nodes and parameters of one model in the order they are written. */
export interface Recorder {
  readonly nodes: DefinitionNode[];
  readonly constants: Map<string, Constant>;
  readonly names: Map<string, number>;
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
  return { nodes: [], constants: new Map(), names: new Map() };
}

/** Adds a node and returns its value; a name used before gets a number, so that a layer may run twice. */
export function record<Channels extends number>(
  recorder: Recorder,
  op: string,
  inputs: readonly (Value | Operand | undefined)[],
  attributes: Attributes,
  name?: string,
): Value<Channels> {
  const operands = inputs.map((input) => (typeof input === "object" ? input.operand : input));
  const unique = uniqueName(recorder, name ?? op, name === undefined);
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  recorder.nodes.push({
    name: unique,
    op,
    inputs: operands,
    attributes: Object.fromEntries(given),
  });
  return { operand: `%${unique}`, recorder };
}

function uniqueName(recorder: Recorder, base: string, numbered: boolean): string {
  const count = (recorder.names.get(base) ?? 0) + 1;
  recorder.names.set(base, count);
  return count === 1 && !numbered ? base : `${base}_${count}`;
}

/** Declares a parameter once; a layer that runs twice shares it. */
export function parameter(
  recorder: Recorder,
  name: string,
  dims: readonly number[],
  center: number,
  spread: number,
): Operand {
  if (!recorder.constants.has(name)) {
    const source: ConstantSource = { kind: "seed", seed: hashName(name), center, spread };
    recorder.constants.set(name, { name, type: { dtype: "f32", dims }, source });
  }
  return `@${name}`;
}

/** A constant given by value: indices of a gather, a table, a scale. */
export function constant(like: Value, value: Tensor, name = "constant"): Value {
  const { recorder } = like;
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
