/** The whole model: named inputs, layers, and the outputs a function of them returns, as a Definition. */
import { CompileError, fail, type Problem } from "../../base/error.js";
import type { DType, Tensor } from "../../base/tensor.js";
import type {
  ConstantName,
  Definition,
  DefinitionInput,
  Dim,
  State,
} from "../../graph/definition.js";
import { collect } from "../../graph/typing.js";
import { prepareInput, type Preparation } from "../preparation/kinds.js";
import type { Prepared } from "../preparation/preparer.js";
import { bindLayers, type Bound, type Layer, type Layers } from "./layer.js";
import { constant, createRecorder, recorderOf, type Recorder, type Value } from "./value.js";

/** An input that is kept from run to run instead of given. */
export interface StateSpec {
  readonly dims: readonly Dim[];
  /** f32 by default. */
  readonly dtype?: DType;
  /** The output that it becomes at the end of each run, which is no output of the module then. */
  readonly state: string;
  /** Runs return that output, too. */
  readonly keep?: boolean;
  /** What it is before the first run; zeros by default. */
  readonly initial?: Tensor;
}

/**
 * Dims alone are f32; a string is a symbol that is bound when the model is compiled. With `prepare`, a run takes
 * what that says, and the model reads what is made of it: an f32 of these dims, which are numbers then.
 */
export type InputSpec =
  | readonly Dim[]
  | { readonly dims: readonly Dim[]; readonly dtype: DType }
  | StateSpec
  | { readonly dims: readonly Dim[]; readonly prepare: Preparation };

type Inputs = Readonly<Record<string, InputSpec>>;

/** The channels of an input where they are a literal: the second dim. */
type ChannelsOf<Spec extends InputSpec> = Spec extends
  | readonly [Dim, infer C extends number, ...infer _]
  | { readonly dims: readonly [Dim, infer C extends number, ...infer _]; readonly prepare: object }
  | { readonly dims: readonly [Dim, infer C extends number, ...infer _]; readonly state: string }
  ? C
  : number;

type Values<I extends Inputs> = { readonly [Name in keyof I]: Value<ChannelsOf<I[Name]>> };

/** A model of one layer: its only input goes in, its result is the output `output`. */
export function model<const I extends Inputs>(name: string, inputs: I, network: Layer): Definition;
/** A model as a function from named inputs to named outputs. */
export function model<const I extends Inputs>(
  name: string,
  inputs: I,
  forward: (inputs: Values<I>) => Readonly<Record<string, Value>>,
): Definition;
/** The same with named layers. */
export function model<const I extends Inputs, const Own extends Layers>(
  name: string,
  inputs: I,
  layers: Own,
  forward: (layers: Bound<Own>, inputs: Values<I>) => Readonly<Record<string, Value>>,
): Definition;
export function model(
  name: string,
  inputs: Inputs,
  network: Network,
  forward?: Composition,
): Definition {
  const recorder = createRecorder();
  const declared: DefinitionInput[] = [];
  const values: Record<string, Value> = {};
  for (const [input, spec] of Object.entries(inputs)) {
    const prepared = collect(recorder.problems, { node: input }, () => preparedOf(input, spec));
    const own = prepared?.inputs ?? [declaredInput(input, spec)];
    declared.push(...own);
    const given = own.map((one) => inputValue(one.name, recorder));
    values[input] = prepared === undefined ? given[0]! : prepared.apply(given);
  }
  const results = runForward(network, forward, values, recorder.problems);
  const states = Object.entries(inputs).flatMap(([input, spec]) =>
    "state" in spec ? [keptState(input, spec, recorder)] : [],
  );
  return {
    name,
    inputs: declared,
    nodes: recorder.nodes,
    outputs: Object.entries(results).map(([output, value]) => ({
      name: output,
      value: value.operand,
    })),
    constants: [...recorder.constants.values()],
    ...(states.length === 0 ? {} : { states }),
  };
}

function keptState(input: string, { state, keep, initial }: StateSpec, recorder: Recorder): State {
  const first = initial && constant(inputValue(input, recorder), initial, `${input}.initial`);
  return {
    ...{ input, output: state },
    ...(keep === true ? { keep } : {}),
    ...(first === undefined ? {} : { initial: first.operand as ConstantName }),
  };
}

function inputValue(name: string, recorder: Recorder): Value {
  recorder.names.set(name, 1);
  return { operand: `%${name}`, recorder };
}

function declaredInput(name: string, spec: InputSpec): DefinitionInput {
  if (!("dims" in spec)) return { name, dtype: "f32", dims: spec };
  const { dtype = "f32" } = "dtype" in spec ? spec : {};
  return { name, dtype, dims: spec.dims };
}

/** Throws CompileError with what is wrong with the preparation of an input that has one. */
function preparedOf(name: string, spec: InputSpec): Prepared | undefined {
  if (!("prepare" in spec)) return undefined;
  const dims = spec.dims.map((dim) => {
    if (typeof dim === "number") return dim;
    return fail("unbound-dimension", `'${dim}' has no size, which its preparation must know`);
  });
  return prepareInput(spec.prepare, { name, type: { dtype: "f32", dims } });
}

type Results = Readonly<Record<string, Value>>;
type Forward = (inputs: Results) => Results;
type Composition = (layers: Bound<Layers>, inputs: Results) => Results;
type Network = Layer | Layers | Forward;

/** What the model returns. Throws a CompileError with the problems of all layers, and of the function around them. */
function runForward(
  network: Network,
  composition: Composition | undefined,
  values: Results,
  problems: readonly Problem[],
): Results {
  try {
    const results = applyForward(network, composition, values);
    for (const [output, value] of Object.entries(results)) recorderOf(value, output);
    if (problems.length === 0) return results;
  } catch (error) {
    if (error instanceof CompileError) throw new CompileError([...problems, ...error.problems]);
    // What a function stumbles over after a layer failed is no news.
    if (problems.length === 0) throw error;
  }
  throw new CompileError(problems);
}

function applyForward(
  network: Network,
  composition: Composition | undefined,
  values: Results,
): Results {
  if (typeof network === "function") return network(values);
  if (isLayer(network)) return { output: network.build("")(Object.values(values)[0]!) };
  return composition!(bindLayers(network, ""), values);
}

function isLayer(network: Layer | Layers): network is Layer {
  return network.layer === true;
}
