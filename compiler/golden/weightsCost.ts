/** What narrow weights cost in accuracy: how far outputs are from those of the model with f32 weights, on drawn inputs. */
import { FLOATS, type Tensor } from "../base/tensor.js";
import type { Graph } from "../graph/graph.js";
import { difference } from "./compareTensors.js";
import { drawInputs } from "./drawInputs.js";

type Outputs = ReadonlyMap<string, Tensor>;
type Run = (inputs: ReadonlyMap<string, Tensor>) => Promise<Outputs>;

export interface OutputCost {
  readonly name: string;
  /** The largest difference of an element. */
  readonly error: number;
  /** That by the root mean square of the output with f32 weights. */
  readonly relative: number;
  /** Of an output that ends in a vector of classes: of how many vectors the best, and the best five as a set, are the same. */
  readonly classes?: {
    readonly vectors: number;
    readonly top1: number;
    readonly top5: number;
  };
}

/** Vectors of fewer elements are hardly classes. */
const FEWEST_CLASSES = 6;

/** Of both models on the same inputs, one cost for each output of floats. */
export async function weightsCost(
  graph: Graph,
  exact: Run,
  narrow: Run,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<readonly OutputCost[]> {
  const costs = new Map<string, OutputCost>();
  for (let i = 0; i < runs; i++) {
    const inputs = drawInputs(graph, seed + i);
    const [expected, actual] = [await exact(inputs), copied(await narrow(inputs))];
    for (const [name, want] of expected) {
      if (!FLOATS.has(want.type.dtype)) continue;
      costs.set(name, worse(costs.get(name), costOf(name, actual.get(name)!, want)));
    }
  }
  return [...costs.values()];
}

/** The next run of a module overwrites what this one returned. */
function copied(outputs: Outputs): Outputs {
  return new Map(
    [...outputs].map(([name, { type, data }]) => [name, { type, data: data.slice() }]),
  );
}

export function costOf(name: string, actual: Tensor, expected: Tensor): OutputCost {
  let [error, squares] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const want = Number(expected.data[i]);
    error = Math.max(error, difference(Number(actual.data[i]), want));
    squares += want * want;
  }
  const rms = Math.sqrt(squares / Math.max(1, expected.data.length));
  const relative = error === 0 ? 0 : error / rms;
  const classes = expected.type.dims.at(-1) ?? 1;
  if (expected.type.dims.length > 2 || classes < FEWEST_CLASSES) return { name, error, relative };
  const vectors = expected.data.length / classes;
  let [top1, top5] = [0, 0];
  for (let v = 0; v < vectors; v++) {
    const [a, b] = [actual, expected].map((one) => bestFive(one, v * classes, classes));
    if (a![0] === b![0]) top1++;
    if (a!.every((one) => b!.includes(one))) top5++;
  }
  return { name, error, relative, classes: { vectors, top1, top5 } };
}

function bestFive({ data }: Tensor, from: number, count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return all.sort((a, b) => Number(data[from + b]) - Number(data[from + a]) || a - b).slice(0, 5);
}

function worse(before: OutputCost | undefined, now: OutputCost): OutputCost {
  if (before === undefined) return now;
  const { classes: a } = before;
  const { classes: b } = now;
  const classes =
    a === undefined || b === undefined
      ? {}
      : {
          classes: {
            vectors: a.vectors + b.vectors,
            top1: a.top1 + b.top1,
            top5: a.top5 + b.top5,
          },
        };
  return {
    name: now.name,
    error: Math.max(before.error, now.error),
    relative: Math.max(before.relative, now.relative),
    ...classes,
  };
}

/** `logits: largest error 0.012, 0.4 % of its rms; the best class is the same in 4 of 4, the best five in 4` */
export function formatCost({ name, error, relative, classes }: OutputCost): string {
  const short = (number: number): string => String(Number(number.toPrecision(2)));
  const line = `${name}: largest error ${short(error)}, ${short(100 * relative)} % of its rms`;
  if (classes === undefined) return line;
  const { vectors, top1, top5 } = classes;
  return `${line}; the best class is the same in ${top1} of ${vectors}, the best five in ${top5}`;
}
