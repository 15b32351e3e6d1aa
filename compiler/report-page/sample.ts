/** What a model makes of a sample: the values of its layers, how wrong kernels are, and which pixels matter to each. */
import { byteCount, computedType, FLOATS, type Tensor } from "../base/tensor.js";
import type { Definition } from "../graph/definition.js";
import { exposeLayers } from "../graph/expose.js";
import type { Graph } from "../graph/graph.js";
import { judgeOf, type Judge } from "../golden/judge.js";
import type { RunModel } from "../golden/prepareCase.js";
import type { Program } from "../program/program.js";
import { packFloats } from "./bytes.js";
import type { ErrorData, MapData, SampleData, SampleInput } from "./sampleData.js";
import { whatMatters } from "./seen.js";
import { pictureSides } from "./sides.js";
import { quietChannels, statisticsOf } from "./statistics.js";

export interface Sampling {
  readonly definition: Definition;
  /** After infer-shapes. */
  readonly typed: Graph;
  readonly program: Program;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Where they come from, for people. */
  readonly from: readonly SampleInput[];
  /** Compiles with the options of the report. */
  readonly build: (definition: Definition) => Promise<RunModel>;
  readonly multiplyAdds: number;
  readonly readFile?: ((path: string) => Uint8Array) | undefined;
}

/** The meaning of more is not computed: it would take longer than anybody waits. */
const MEANT = 1e8;
/** Numbers of all maps together that a page holds. */
const KEPT = 3e6;
/** Values of more are not kept in one module's memory. */
const MOST_BYTES = 2 ** 29;

export async function sampleModel(sampling: Sampling): Promise<SampleData> {
  const { typed, inputs, from } = sampling;
  const isMeant = sampling.multiplyAdds <= MEANT && typed.states === undefined;
  const meant = isMeant ? await meaningOf(sampling) : undefined;
  const layers = keptLayers(sampling);
  const kept = new Set(layers);
  const run = await sampling.build(exposeLayers(sampling.definition, layers));
  const computed = new Map(await run(inputs));
  const values = new Map<string, Tensor>();
  for (const { name } of typed.nodes) {
    const value =
      meant?.values.get(`%${name}`) ?? (kept.has(name) ? computed.get(name) : undefined);
    if (value !== undefined && FLOATS.has(value.type.dtype)) values.set(name, value);
  }
  const most = Math.floor(KEPT / Math.max(1, values.size));
  const pictures = [...inputs].map(([name, value]) => mapOf(name, value, KEPT));
  const maps = [...values].map(([name, value]) => mapOf(name, value, most));
  // The next run writes over values of the last one.
  const { seen, parts } = await whatMatters(run, inputs, layers);
  return {
    inputs: from,
    by: meant === undefined ? "module" : "meaning",
    pictures,
    maps: maps.map((map) => {
      const found = seen.get(map.name) ?? [];
      return found.length === 0 ? map : { ...map, seen: found };
    }),
    errors: meant?.errors ?? [],
    parts,
  };
}

/** Values by what ops mean, and how far off those are that the kernels of the model write. */
async function meaningOf(
  sampling: Sampling,
): Promise<{ readonly values: Judge["values"]; readonly errors: readonly ErrorData[] }> {
  const { definition, typed, inputs, readFile } = sampling;
  const outputs = kernelOutputs(sampling);
  const run = await sampling.build(exposeLayers(definition, outputs));
  const computed = await run(inputs);
  const judge = judgeOf(typed, inputs, { readFile });
  const errors = outputs.flatMap((name): ErrorData[] => {
    const [actual, meant] = [computed.get(name), judge.values.get(`%${name}`)];
    if (actual === undefined || meant === undefined) return [];
    const type = computedType(actual.type);
    const { error, allowed } = judge.judge(name, `%${name}`, { ...actual, type });
    return [{ node: name, error, allowed, rms: rmsOf(meant) }];
  });
  return { values: judge.values, errors };
}

type Named = Pick<Sampling, "definition" | "program">;

/** Layers whose values kernels write, so that exposing them leaves the kernels as they are. */
export function kernelOutputs({ definition, program }: Named): string[] {
  const known = exposable(definition);
  const kernels = [...program.kernels, ...program.elided.map(({ kernel }) => kernel)];
  const written = kernels.flatMap(({ covers }) => covers.at(-1) ?? []);
  return [...new Set(written)].filter((name) => known.has(name));
}

/** Layers whose values a module keeps for people to look at: all floats, where memory has room for that. */
function keptLayers(sampling: Sampling): string[] {
  const { typed, definition } = sampling;
  const bytes = typed.nodes.reduce((sum, { type }) => sum + byteCount(type), 0);
  const known = bytes > MOST_BYTES ? new Set(kernelOutputs(sampling)) : exposable(definition);
  return typed.nodes
    .filter(({ name, type }) => FLOATS.has(type.dtype) && known.has(name))
    .map(({ name }) => name);
}

/** Layers whose names no output has that is something else. */
function exposable({ nodes, outputs }: Definition): ReadonlySet<string> {
  const taken = new Set(outputs.flatMap(({ name, value }) => (value === `%${name}` ? [] : [name])));
  return new Set(nodes.flatMap(({ name }) => (taken.has(name) ? [] : [name])));
}

/** Channels, and what is left as a picture; of what has no channels one. Pixels further apart where there are too many. */
export function mapOf(name: string, { type: { dims }, data }: Tensor, most: number): MapData {
  const [channels, rows, columns] = pictureSides(dims);
  const values = Float32Array.from(data as ArrayLike<number>, Number);
  const statistics = statisticsOf(values);
  const one = values.subarray(0, channels * rows * columns);
  let step = 1;
  const sides = (): readonly [number, number] => [
    Math.ceil(rows / step),
    Math.ceil(columns / step),
  ];
  while (channels * sides()[0] * sides()[1] > most && step < Math.max(rows, columns)) step++;
  const [high, wide] = sides();
  const kept = new Float32Array(channels * high * wide);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < high; y++)
      for (let x = 0; x < wide; x++)
        kept[(c * high + y) * wide + x] = one[(c * rows + y * step) * columns + x * step]!;
  return {
    name,
    dims,
    channels,
    rows,
    columns,
    step,
    statistics,
    ...quietChannels(one, channels, statistics),
    values: packFloats(kept),
  };
}

function rmsOf({ data }: Tensor): number {
  let sum = 0;
  for (const value of data) sum += Number(value) ** 2;
  return Math.sqrt(sum / Math.max(1, data.length));
}
