/**
 * What products of bytes cost in accuracy: of each layer the noise that it adds by itself, and how much there is behind
 * it; of the whole network how far outputs are from f32, and which layers should be kept.
 */
import { shortened } from "../base/error.js";
import { FLOATS, type Tensor } from "../base/tensor.js";
import { withTimes } from "../choosing.js";
import type { PlanOptions } from "../compile.js";
import { definitionOf, type Definition, type Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";
import { QUANTIZE } from "../passes/arithmetic.js";
import { runPasses } from "../passes/index.js";
import { startAgreement, type AgreementMeter } from "./agreement.js";
import type { BuildModel } from "./prepareCase.js";
import { decibels, formatCost, meterOf, type OutputCost } from "./weightsCost.js";

export interface LayerCost {
  /** As dumps and `--keep` call it. */
  readonly name: string;
  /** In dB: of the layer's value, where its input is that of the f32 network. */
  readonly own: number;
  /** In dB: of its value in the network, where what comes before is of bytes, too. */
  readonly soFar: number;
  /** Its part of the noise that all layers add by themselves, each relative to its own signal. */
  readonly share: number;
}

export interface ArithmeticCost {
  readonly outputs: readonly OutputCost[];
  /** Those that are of bytes, the noisiest first. */
  readonly layers: readonly LayerCost[];
  /** Layers to keep, the noisiest first: few that add much of the noise; none where outputs are as good as f32. */
  readonly proposed: readonly string[];
}

type Inputs = ReadonlyMap<string, Tensor>;

/** A layer computed in f32 and of bytes, each an output of that name. */
interface Pair {
  readonly layer: string;
  readonly exact: string;
  readonly bytes: string;
}

/**
 * Runs two modules on each of the inputs: the f32 network with every layer of bytes beside its own, and the network of
 * bytes. `typed` is the graph before passes.
 */
export async function arithmeticCost(
  typed: Graph,
  options: PlanOptions,
  build: BuildModel,
  inputs: Iterable<Inputs>,
): Promise<ArithmeticCost> {
  const { graph, layers } = layersOfBytes(typed, options);
  const { dims: _, shapes: __, values: ___, keep: ____, ...given } = options;
  // Which layers are of bytes is decided: all others are kept.
  const others = { ...given, arithmetic: "int8" } as const;
  const { definition: both, pairs } = withPairs(graph, layers);
  const stay = (of: Definition): readonly string[] => {
    const computed = new Set(pairs.map(({ bytes }) => bytes));
    return of.nodes.filter(isProduct).flatMap(({ name }) => (computed.has(name) ? [] : [name]));
  };
  const kept = graph.nodes.filter((node) => isProduct(node) && !layers.includes(node.name));
  const exact = await build(both, { ...others, weightsType: "f32", keep: stay(both) });
  const network = { ...definitionOf(graph), outputs: [...graph.outputs, ...exposed(pairs)] };
  const whole = await build(network, { ...others, keep: kept.map(({ name }) => name) });
  const meters = startMeters();
  for (const one of inputs) {
    const [f32, int8] = [await exact(one), await whole(one)];
    for (const { exact: name, bytes } of pairs) {
      meters.layer(`own ${name}`, f32.get(bytes)!, f32.get(name)!);
      meters.layer(`so far ${name}`, int8.get(name)!, f32.get(name)!);
    }
    for (const { name } of graph.outputs) meters.output(name, int8.get(name)!, f32.get(name)!);
  }
  return costOfAll(graph, pairs, meters);
}

const isProduct = ({ op }: { readonly op: string }): boolean => op === "conv" || op === "matmul";

/** The graph before products are quantised, and which of them are. */
function layersOfBytes(
  typed: Graph,
  options: PlanOptions,
): { readonly graph: Graph; readonly layers: readonly string[] } {
  let graph = typed;
  let found: readonly string[] | undefined;
  runPasses(typed, {
    ...withTimes(options),
    observe(pass, after, { fired }) {
      if (pass === QUANTIZE) found = fired.map(({ node }) => node);
      if (found === undefined) graph = after;
    },
  });
  return { graph, layers: found ?? [] };
}

/** With each layer computed a second time, from the same operands, and both as outputs. */
function withPairs(
  graph: Graph,
  layers: readonly string[],
): { readonly definition: Definition; readonly pairs: readonly Pair[] } {
  const names = namesOf(
    [...graph.inputs, ...graph.nodes, ...graph.constants, ...graph.outputs].map(({ name }) => name),
  );
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const again: Node[] = [];
  const pairs = layers.map((layer): Pair => {
    // Not a part of the layer, which is kept.
    const bytes = takeName(names, `bytes.${layer}`);
    again.push({ ...nodes.get(layer)!, name: bytes });
    return { layer, exact: takeName(names, `${layer}.value`), bytes };
  });
  const outputs = [
    ...graph.outputs,
    ...exposed(pairs),
    ...pairs.map(({ bytes: name }) => ({ name, value: `%${name}` as const })),
  ];
  const definition = definitionOf({ ...graph, nodes: [...graph.nodes, ...again], outputs });
  return { definition, pairs };
}

const exposed = (pairs: readonly Pair[]): readonly { name: string; value: Operand }[] =>
  pairs.map(({ layer, exact: name }) => ({ name, value: `%${layer}` as const }));

function startMeters() {
  const meters = new Map<string, AgreementMeter>();
  const add = (key: string, actual: Tensor, exact: Tensor, make: () => AgreementMeter): void => {
    const meter = meters.get(key) ?? make();
    meters.set(key, meter);
    meter.add(actual.data, exact.data);
  };
  return {
    layer: (key: string, actual: Tensor, exact: Tensor): void =>
      add(key, actual, exact, () => startAgreement(exact.type.dims)),
    output(name: string, actual: Tensor, exact: Tensor): void {
      if (!FLOATS.has(exact.type.dtype)) return;
      add(`output ${name}`, actual, exact, () => meterOf(exact));
    },
    read: (key: string) => meters.get(key)?.read(),
  };
}

/** Noise by signal, of dB. */
const ratioOf = (decibels: number): number => 10 ** (-decibels / 10);

function costOfAll(
  graph: Graph,
  pairs: readonly Pair[],
  meters: ReturnType<typeof startMeters>,
): ArithmeticCost {
  const outputs = graph.outputs.flatMap(({ name }): OutputCost[] => {
    const cost = meters.read(`output ${name}`);
    return cost === undefined ? [] : [{ name, ...cost }];
  });
  const costs = pairs.flatMap(({ layer: name, exact }) => {
    const [own, soFar] = [meters.read(`own ${exact}`), meters.read(`so far ${exact}`)];
    if (own === undefined || soFar === undefined) return [];
    return [{ name, own: own.signalToNoise, soFar: soFar.signalToNoise }];
  });
  const all = costs.reduce((sum, { own }) => sum + ratioOf(own), 0);
  const layers = costs
    .map((cost): LayerCost => ({ ...cost, share: all === 0 ? 0 : ratioOf(cost.own) / all }))
    .sort((a, b) => b.share - a.share);
  return { outputs, layers, proposed: proposedOf(outputs, layers) };
}

/** Layers that are shown. */
const SHOWN = 8;

/** Lines for people: outputs, the noisiest layers, and what to keep. */
export function formatArithmeticCost({ outputs, layers, proposed }: ArithmeticCost): string[] {
  const rows = layers.slice(0, SHOWN).map(({ name, own, soFar, share }) => {
    const percent = `${Math.round(100 * share)} %`.padStart(5);
    return `${percent}  ${decibels(own).padStart(8)}  ${decibels(soFar).padStart(8)}  ${shortened(name, 100)}`;
  });
  const more = layers.length - rows.length;
  const flags = proposed.map((name) => `--keep ${JSON.stringify(name)}`).join(" ");
  return [
    ...outputs.map(formatCost),
    ...(rows.length === 0
      ? []
      : ["layers of bytes: part of all noise, own signal to noise, and in the network"]),
    ...rows,
    ...(more > 0 ? [`and ${more} less noisy ones`] : []),
    ...(proposed.length === 0 ? [] : [`with less noise: ${flags}`]),
  ];
}

/** Outputs with less noise are as good as f32. */
const GOOD = 30;
/** A layer is worth keeping that adds more noise than so many others do. */
const OTHERS = 4;
const MOST_PROPOSED = 5;

function proposedOf(outputs: readonly OutputCost[], layers: readonly LayerCost[]): string[] {
  const answers = outputs.flatMap(({ classes }) => classes ?? []);
  const same = answers.every(({ vectors, top1, top5 = vectors }) => top1 + top5 === 2 * vectors);
  const isGood = same && outputs.every(({ signalToNoise }) => signalToNoise >= GOOD);
  if (isGood || layers.length === 0) return [];
  const much = OTHERS / layers.length;
  return layers
    .filter(({ share }) => share >= Math.min(much, 0.5))
    .slice(0, MOST_PROPOSED)
    .map(({ name }) => name);
}
