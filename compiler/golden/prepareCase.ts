/** Compiles the model of a test case for the case's inputs, and compares what comes out. */
import { CompileError, type Problem } from "../base/error.js";
import type { PlanOptions } from "../compile.js";
import type { Definition } from "../graph/definition.js";
import type { Bindings } from "../infer/bindInputs.js";
import { FLOATS, formatType, tensor, type DType, type Tensor } from "../base/tensor.js";
import { countedRows } from "./countedRows.js";
import { compareTensors, type Tolerance } from "./compareTensors.js";
import { costOf, type OutputCost } from "./weightsCost.js";
import { byName, type DataSet } from "./testCase.js";

/** A model that can be read anew for other sizes and values of its inputs. */
export interface ModelSource {
  /** Names of the inputs, in order. */
  readonly inputs: readonly string[];
  /** Throws CompileError. */
  read(bindings: Bindings): Promise<Definition>;
}

/** Outputs by name, in order, for inputs by name. */
export interface RunModel {
  (inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  /** Of a model with states: makes them what they are at first. */
  readonly reset?: () => void;
}

/** Compiles a Definition to something that runs. Throws CompileError. */
export type BuildModel = (definition: Definition, options: PlanOptions) => Promise<RunModel>;

export interface CaseResult {
  readonly status: "pass" | "fail" | "unsupported";
  /** The largest error of any element; absent where nothing ran. */
  readonly maxError?: number;
  readonly reason?: string;
  /** Of weights that are not f32: what outputs are beside the recorded ones. */
  readonly costs?: readonly OutputCost[];
}

export interface Prepared {
  readonly definition: Definition;
  readonly bindings: Bindings;
  readonly run: RunModel;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/**
 * The model compiled for the sizes of a set's inputs; those that decide shapes become constants. Throws
 * CompileError.
 */
export async function prepareCase(
  source: ModelSource,
  build: BuildModel,
  set: Pick<DataSet, "inputs">,
  options: PlanOptions = {},
): Promise<Prepared> {
  const inputs = byName(set.inputs, source.inputs);
  const shapes = Object.fromEntries([...inputs].map(([name, { type }]) => [name, type.dims]));
  const values = new Map([...inputs].filter(([, { data }]) => data.length === 0));
  for (;;) {
    const bindings = { shapes, values };
    try {
      const definition = await source.read(bindings);
      const given = asDeclared(definition, inputs);
      requireInputs(definition, given);
      const run = await build(definition, { ...options, ...bindings });
      return { definition, bindings, inputs: given, run };
    } catch (error) {
      if (!bindMore(error, inputs, values)) throw error;
    }
  }
}

/** Files may hold floats of another width than the model's. */
function asDeclared(
  { inputs }: Definition,
  values: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const declared = new Map(inputs.map(({ name, dtype }) => [name, dtype]));
  return new Map([...values].map(([name, value]) => [name, asFloat(value, declared.get(name))]));
}

function asFloat({ type, data }: Tensor, dtype: DType | undefined): Tensor {
  const differ = dtype !== undefined && dtype !== type.dtype;
  if (!differ || !FLOATS.has(dtype) || !FLOATS.has(type.dtype)) return { type, data };
  return tensor(dtype, type.dims, data as Float32Array);
}

/** Throws CompileError `usage` with every input that a set has no value of, or one of another type. */
function requireInputs({ inputs }: Definition, values: ReadonlyMap<string, Tensor>): void {
  const problems = inputs.flatMap(({ name, dtype, dims }): Problem[] => {
    const type = values.get(name)?.type;
    if (type?.dtype === dtype) return [];
    const found = type === undefined ? "has no value" : `is ${formatType(type)}`;
    const message = `input '${name}' ${found}, expected ${dtype}[${dims.join(",")}]`;
    return [{ code: "usage", message }];
  });
  if (problems.length > 0) throw new CompileError(problems);
}

/** Binds what a problem asks for; false where nothing more can be done. */
function bindMore(
  error: unknown,
  inputs: ReadonlyMap<string, Tensor>,
  values: Map<string, Tensor>,
): boolean {
  if (!(error instanceof CompileError)) return false;
  const before = values.size;
  for (const name of error.problems.flatMap(({ bind }) => bind ?? [])) {
    const value = inputs.get(name);
    if (value !== undefined) values.set(name, value);
  }
  return values.size > before;
}

/** How far the outputs of a run are from those that a set records. */
export function costsOf(outputs: ReadonlyMap<string, Tensor>, set: DataSet): readonly OutputCost[] {
  const expected = byName(set.outputs, [...outputs.keys()]);
  return [...expected].flatMap(([name, value]) => {
    const own = outputs.get(name);
    const alike = own?.data.length === value.data.length && FLOATS.has(value.type.dtype);
    return own === undefined || !alike ? [] : [costOf(name, own, value)];
  });
}

/** Whether the outputs of a run are those that a set records. */
export function compareOutputs(
  outputs: ReadonlyMap<string, Tensor>,
  set: DataSet,
  tolerance: Tolerance,
): CaseResult {
  const expected = byName(set.outputs, [...outputs.keys()]);
  const own = countedRows(outputs, expected);
  const count = set.outputs.length;
  if (count !== own.size) {
    return { status: "fail", reason: `${own.size} outputs, ${count} are recorded` };
  }
  const all = [...expected].map(([name, value]) =>
    compareTensors(name, own.get(name)!, asFloat(value, own.get(name)!.type.dtype), tolerance),
  );
  const maxError = all.reduce((most, one) => Math.max(most, one.maxError), 0);
  const reasons = all.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  if (reasons.length === 0) return { status: "pass", maxError };
  return { status: "fail", maxError, reason: reasons.join("\n") };
}
