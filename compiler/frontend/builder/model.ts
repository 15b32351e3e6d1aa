/** The whole model: named inputs, layers, and the outputs a function of them returns, as a Definition. */
import { CompileError, type Problem } from "../../base/error.js";
import type { DType } from "../../base/tensor.js";
import type { Definition, Dim } from "../../graph/definition.js";
import { bindLayers, type Bound, type Layer } from "./layer.js";
import { createRecorder, recorderOf, type Value } from "./value.js";

/** Dims alone are f32; a string is a symbol that is bound when the model is compiled. */
export type InputSpec = readonly Dim[] | { readonly dims: readonly Dim[]; readonly dtype: DType };

type Inputs = Readonly<Record<string, InputSpec>>;

/** The channels of an input where they are a literal: the second dim. */
type ChannelsOf<Spec extends InputSpec> = Spec extends readonly [
  Dim,
  infer C extends number,
  ...infer _,
]
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
export function model<const I extends Inputs, const Layers extends Readonly<Record<string, Layer>>>(
  name: string,
  inputs: I,
  layers: Layers,
  forward: (layers: Bound<Layers>, inputs: Values<I>) => Readonly<Record<string, Value>>,
): Definition;
export function model(
  name: string,
  inputs: Inputs,
  network: Network,
  forward?: Composition,
): Definition {
  const recorder = createRecorder();
  const declared = Object.entries(inputs).map(([input, spec]) => ({
    name: input,
    ...("dims" in spec
      ? { dtype: spec.dtype, dims: spec.dims }
      : { dtype: "f32" as const, dims: spec }),
  }));
  for (const input of declared) recorder.names.set(input.name, 1);
  const values = Object.fromEntries(
    declared.map((input): [string, Value] => [input.name, { operand: `%${input.name}`, recorder }]),
  );
  const results = runForward(network, forward, values, recorder.problems);
  return {
    name,
    inputs: declared,
    nodes: recorder.nodes,
    outputs: Object.entries(results).map(([output, value]) => ({
      name: output,
      value: value.operand,
    })),
    constants: [...recorder.constants.values()],
  };
}

type Results = Readonly<Record<string, Value>>;
type Layers = Readonly<Record<string, Layer>>;
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
