/** Runs what an accepted mutant is compiled to for every target, and compares it with what its ops mean and with onnxruntime-web. */
import { openModel } from "../../compiler/project/modelOptions.js";
import type { Given } from "../../compiler/project/given.js";
import { CompileError } from "../../compiler/base/error.js";
import { drawInputs } from "../../compiler/golden/drawInputs.js";
import { judgeOf, type Judge } from "../../compiler/golden/judge.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { newData, type Tensor } from "../../compiler/base/tensor.js";
import { ENGINES, targetOf } from "../support/engine.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { loadProduct, steadyRun } from "../support/product.js";
import type { Mutant } from "./family.js";

type Values = ReadonlyMap<string, Tensor>;

export interface Compared {
  readonly faults: readonly string[];
  /** Whether onnxruntime-web took it, too. */
  readonly peer: boolean;
  /** Outputs of which onnxruntime-web says something else. */
  readonly differing: readonly string[];
}

/** Elements of inputs and outputs together: the interpreter takes a microsecond for each and more. */
const MOST_ELEMENTS = 100_000;

/** The model of a `check` whose files lie in the folder. */
export async function compareMutant(
  mutant: Mutant,
  folder: string,
  seed: number,
): Promise<Compared> {
  const [path, ...words] = mutant.words.map((word) => word.replace("@", `${folder}/`));
  const { definition, options } = await openModel(path!, givenOf(words));
  const graph = inferShapes(definition, options);
  const none: Compared = { faults: [], peer: false, differing: [] };
  if (sizeOf(graph) > MOST_ELEMENTS) return none;
  const bytes = seed % 2 === 0 ? mutant.files["m.onnx"] : undefined;
  const drawn = drawInputs(graph, seed);
  const inputs = bytes === undefined ? drawn : withoutOverflow(drawn);
  const { readFile } = options;
  const judge = judgeOf(graph, inputs, { readFile });
  const faults: string[] = [];
  for (const engine of ENGINES) {
    try {
      const product = await loadProduct(definition, engine, {
        ...options,
        target: targetOf(engine),
      });
      faults.push(
        ...wrongOutputs(graph, judge, steadyRun(product, inputs)).map((one) => `${engine}: ${one}`),
      );
    } catch (error) {
      // A target may have limits of its own; what is said is looked at by others.
      if (!(error instanceof CompileError)) faults.push(`${engine}: ${textOf(error)}`);
    }
  }
  const theirs = bytes === undefined ? undefined : await onPeer(bytes, inputs);
  if (theirs === undefined) return { ...none, faults };
  return { faults, peer: true, differing: wrongOutputs(graph, judge, theirs) };
}

/** `--weights-from x` => `{ weightsFrom: ["x"] }` */
function givenOf(words: readonly string[]): Given {
  const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[camel(word), [words[i + 1]]]] : []));
  return Object.fromEntries(pairs) as Given;
}

const camel = (flag: string): string =>
  flag.slice(2).replace(/-[a-z]/g, (dash) => dash[1]!.toUpperCase());

function sizeOf({ inputs, nodes }: Graph): number {
  const types = [...inputs, ...nodes].map(({ type }) => type.dims);
  return types.reduce((sum, dims) => sum + dims.reduce((a, b) => a * b, 1), 0);
}

function wrongOutputs({ outputs }: Graph, judge: Judge, actual: Values): string[] {
  return outputs.flatMap(({ name, value }) => {
    const found = actual.get(name);
    if (found === undefined) return [`there is no output '${name}'`];
    return judge.judge(name, value, found).reason ?? [];
  });
}

/** Engines differ about integers that do not fit: those near the ends of their range become small. */
function withoutOverflow(inputs: Values): Map<string, Tensor> {
  return new Map(
    [...inputs].map(([name, { type, data }]) => {
      const small = data.slice();
      small.forEach((value, i) => {
        if (type.dtype !== "f32" && Math.abs(Number(value)) > 2 ** 20)
          small[i] = newData(type.dtype, 1)[0]!;
      });
      return [name, { type, data: small }];
    }),
  );
}

/** Outputs as onnxruntime-web has them; undefined where it does not take the model. */
async function onPeer(bytes: Uint8Array, inputs: Values): Promise<Values | undefined> {
  try {
    const session = await openOnnx(bytes, "disabled");
    try {
      return await session.run(inputs);
    } finally {
      await session.release();
    }
  } catch {
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
