/** What samples are given to: the model's inputs, or what preparations make them of. */
import type { Definition, Operand } from "../graph/definition.js";
import type { Bindings } from "../infer/bindInputs.js";
import type { GraphInput } from "../graph/graph.js";
import { typesOf } from "../graph/operandTypes.js";
import { inferShapes } from "../infer/inferShapes.js";
import type { OpenModel } from "../project/modelOptions.js";
import type { Sample, SampleSource } from "../quantize/samples.js";
import { buildModule, renewed } from "./runModule.js";

export interface SampleInputs {
  /** What a sample in a file has values of. */
  readonly inputs: readonly GraphInput[];
  /** Sizes of the model's own inputs. */
  readonly bindings: Bindings;
  /** A sample of the files as one of the model. */
  prepared(source: SampleSource): SampleSource;
}

export async function sampleInputsOf({
  source,
  definition,
  options,
}: OpenModel): Promise<SampleInputs> {
  const made = madeInputs(source, definition);
  if (made.size === 0) {
    const { inputs } = inferShapes(source, renewed(options));
    return { inputs, bindings: options, prepared: (one) => one };
  }
  const outputs = [...made].map(([name, value]) => ({ name, value }));
  const others = definition.inputs.filter(({ name }) =>
    source.inputs.some((one) => one.name === name),
  );
  const kept = others
    .filter(({ name }) => !made.has(name))
    .map(({ name }) => ({ name, value: `%${name}` as const }));
  const front = { ...definition, outputs: [...outputs, ...kept] };
  const graph = inferShapes(front, renewed(options));
  const run = await buildModule(front, options);
  const types = typesOf(graph);
  const sizes = front.outputs.map(
    ({ name, value }) => [name, types.get(value as Operand)!.dims] as const,
  );
  const given = new Map(graph.inputs.map((input) => [input.name, input.type] as const));
  const prepare = async (from: SampleSource): Promise<Sample> => {
    const sample = typeof from === "function" ? await from() : from;
    const values = [...given].map(
      ([name, type]) => [name, { type, data: sample.inputs[name] as never }] as const,
    );
    const results = [...(await run(new Map(values)))];
    const inputs = results.map(
      ([name, { data }]) => [name, (data as Float32Array).slice()] as const,
    );
    return { ...sample, inputs: Object.fromEntries(inputs) };
  };
  return {
    inputs: graph.inputs,
    bindings: { ...options, shapes: { ...options.shapes, ...Object.fromEntries(sizes) } },
    prepared: (from) => () => prepare(from),
  };
}

/** The model's inputs that nodes in front of it make, and by which value. */
function madeInputs(source: Definition, prepared: Definition): ReadonlyMap<string, Operand> {
  const made = new Map<string, Operand>();
  const nodes = new Map(prepared.nodes.map((node) => [node.name, node]));
  for (const { name, inputs } of source.nodes)
    inputs.forEach((operand, position) => {
      const input = source.inputs.find((one) => `%${one.name}` === operand)?.name;
      const now = nodes.get(name)?.inputs[position];
      if (input !== undefined && now !== undefined && now !== operand) made.set(input, now);
    });
  return made;
}
