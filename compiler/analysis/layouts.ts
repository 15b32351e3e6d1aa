/**
 * What the dims of inputs and outputs are, as far as the model says it: NCHW where an op over channels and space
 * reads or writes a value, or one that it reaches through ops that keep dims where they are or permute them.
 */
import type { View } from "../compute/view.js";
import type { Operand } from "../graph/definition.js";
import { opOf } from "../graph/evaluate.js";
import type { Graph, Node } from "../graph/graph.js";
import { layoutOf } from "../ops/op.js";
import { isPicture } from "../base/picture.js";
import type { TensorType } from "../base/tensor.js";
import { typesOf } from "../graph/operandTypes.js";

/** By name: a letter a dim, such as NCHW, NHWC or NCW. */
export interface Layouts {
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/** Of a Graph as it was inferred: passes read channels where no op of the model does. */
export function layoutsOf(graph: Graph): Layouts {
  const known = new Map<Operand, string>();
  // Whether what reads and makes a value disagrees about it: then nothing is said of it.
  const unclear = new Set<Operand>();
  const learn = (value: Operand, layout: string): void => {
    if (known.get(value) === undefined && !unclear.has(value)) known.set(value, layout);
  };
  const links = linksOf(graph);
  for (const { from, to, layout } of links) {
    if (layout === undefined) continue;
    learn(from, layout);
    learn(to, layout);
  }
  for (const { name, type } of graph.inputs) if (isPicture(type)) learn(`%${name}`, "HWC");
  const relate = ({ from, to, permutation }: Link): void => {
    const [before, after] = [known.get(from), known.get(to)];
    const down = before && permuted(before, permutation);
    if (down !== undefined && after !== undefined && down !== after) {
      for (const value of [from, to]) {
        known.delete(value);
        unclear.add(value);
      }
    } else if (down !== undefined) learn(to, down);
    else if (after !== undefined) learn(from, permuted(after, inverseOf(permutation)));
  };
  // Down from what is known, up to what that is computed from, and down from there.
  links.forEach(relate);
  links.toReversed().forEach(relate);
  links.forEach(relate);
  const named = (values: readonly (readonly [string, Operand])[]): ReadonlyMap<string, string> =>
    new Map(
      values.flatMap(([name, value]) => {
        const layout = known.get(value);
        return layout === undefined ? [] : [[name, layout]];
      }),
    );
  return {
    inputs: named(graph.inputs.map(({ name }) => [name, `%${name}`])),
    outputs: named(graph.outputs.map(({ name, value }) => [name, value])),
  };
}

/** A value and what is computed of it, dim by dim: `to`'s dim i is `from`'s dim permutation[i]. */
interface Link {
  readonly from: Operand;
  readonly to: Operand;
  readonly permutation: readonly number[];
  /** What both are, where the op says so. */
  readonly layout?: string;
}

function linksOf(graph: Graph): Link[] {
  const types = typesOf(graph);
  return graph.nodes.flatMap((node): Link[] => {
    const op = opOf(node.op);
    const inputs = node.inputs.map((operand) => operand && types.get(operand));
    const context = { inputs, attributes: node.attributes, output: node.type };
    const view = op.view?.(context);
    const prefers = layoutOf(op, context);
    return followed(node, view, prefers === "row-major").flatMap((from) => {
      const rank = node.type.dims.length;
      if (types.get(from)?.dims.length !== rank) return [];
      const permutation = view?.kind === "permute" ? view.permutation : [...node.type.dims.keys()];
      const layout = prefers === "channels-last" ? channelsFirst(node.type) : undefined;
      return [{ from, to: `%${node.name}`, permutation, ...(layout && { layout }) }];
    });
  });
}

/** The operands whose dims are those of the result: the first, or all parts of a concat. */
function followed({ inputs }: Node, view: View | undefined, opaque: boolean): Operand[] {
  if (view?.kind === "reshape") return [];
  if (opaque && view?.kind !== "permute") return [];
  const all = view?.kind === "concat" ? inputs : inputs.slice(0, 1);
  return all.filter((operand) => operand !== undefined);
}

/** What ops over channels mean by their dims. */
function channelsFirst({ dims }: TensorType): string | undefined {
  return ({ 3: "NCW", 4: "NCHW", 5: "NCDHW" } as Readonly<Record<number, string>>)[dims.length];
}

function permuted(layout: string, permutation: readonly number[]): string {
  return permutation.map((from) => layout[from]!).join("");
}

function inverseOf(permutation: readonly number[]): number[] {
  return permutation.map((_, dim) => permutation.indexOf(dim));
}
