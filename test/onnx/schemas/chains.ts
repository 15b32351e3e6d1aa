/** Random chains of the ops whose operands or results are no tensors, of every version: a node alone says nothing. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import type { AttributeInput, NodeText, OnnxText } from "../../support/onnxModel.js";
import { createRandom, type Random } from "../../support/random.js";
import { filled, maybe } from "./draw.js";

/** Ops that are drawn here. */
export const inChains: ReadonlySet<string> = new Set([
  "SequenceConstruct",
  "SequenceEmpty",
  "SequenceInsert",
  "SequenceErase",
  "SequenceAt",
  "SequenceLength",
  "ConcatFromSequence",
  "SplitToSequence",
  "Optional",
  "OptionalHasElement",
  "OptionalGetElement",
]);

export interface Chain {
  readonly text: OnnxText;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly opset: number;
}

type Dims = readonly number[];

/** A chain on its way: the dims of what is in the list now. */
class Drawing {
  readonly nodes: NodeText[] = [];
  readonly inputs = new Map<string, Tensor>();
  readonly initializers: Record<string, Tensor> = {};
  readonly outputs: string[] = [];
  items: Dims[] = [];
  sequence = "";

  constructor(
    readonly random: Random,
    readonly opset: number,
  ) {}

  node(op: string, inputs: readonly string[], attributes: Record<string, unknown> = {}): string {
    const out = `v${this.nodes.length}`;
    const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
    const last = inputs.findLastIndex((name) => name !== "");
    this.nodes.push({
      op,
      in: inputs.slice(0, last + 1),
      out: [out],
      attributes: Object.fromEntries(given) as Record<string, AttributeInput>,
    });
    return out;
  }

  input(dims: Dims): string {
    const name = `x${this.inputs.size}`;
    this.inputs.set(name, filled(this.random, "f32", dims, "plain"));
    return name;
  }

  constant(value: Tensor): string {
    const name = `c${Object.keys(this.initializers).length}`;
    this.initializers[name] = value;
    return name;
  }

  /** A place among so many, from either end; sometimes none. */
  place(count: number): string {
    const at = this.random.int(-this.items.length, count - 1);
    return this.constant(tensor(this.random.pick(["i32", "i64"]), [], [at]));
  }
}

const ROW = [1, 3] as const;

function begin(draw: Drawing): void {
  const { random } = draw;
  if (random.chance(0.2)) {
    const count = random.int(1, 3);
    const names = Array.from({ length: count }, () => draw.input(ROW));
    [draw.sequence, draw.items] = [draw.node("SequenceConstruct", names), names.map(() => ROW)];
  } else if (random.chance(0.2)) {
    const empty = draw.node("SequenceEmpty", [], { dtype: maybe(random, 1) });
    [draw.sequence, draw.items] = [draw.node("SequenceInsert", [empty, draw.input(ROW)]), [ROW]];
  } else {
    splits(draw);
  }
}

function splits(draw: Drawing): void {
  const { random } = draw;
  const dim = random.int(2, 5);
  const axis = random.int(-2, 1);
  const sizes = random.pick([[dim - 1, 1], Array.from({ length: dim }, () => 1), undefined]);
  const dtype = random.pick(["i32", "i64"] as const);
  const split =
    sizes === undefined
      ? random.pick(["", draw.constant(tensor(dtype, [], [random.int(1, dim)]))])
      : draw.constant(tensor(dtype, [sizes.length], sizes));
  const first = axis === 0 || axis === -2;
  const x = draw.input(first ? [dim, 3] : [3, dim]);
  const keepdims = split === "" ? maybe(random, random.int(0, 1)) : undefined;
  const attributes = { axis: axis === 0 ? maybe(random, 0) : axis, keepdims };
  draw.sequence = draw.node("SplitToSequence", [x, split], attributes);
  const one = sizes ?? (split === "" ? Array.from({ length: dim }, () => 1) : chunks(draw, dim));
  draw.items = one.map((size) => {
    if (keepdims === 0) return [3];
    return first ? [size, 3] : [3, size];
  });
}

/** Sizes of parts as the last constant says. */
function chunks({ initializers }: Drawing, dim: number): number[] {
  const size = Number(Object.values(initializers).at(-1)!.data[0]);
  return Array.from({ length: Math.ceil(dim / size) }, (_, i) => Math.min(size, dim - i * size));
}

function change(draw: Drawing): void {
  const { random, opset, items } = draw;
  const what = random.pick(["insert", "erase", "pass", "optional"] as const);
  if (what === "insert") {
    const dims = random.pick(items);
    const at = random.chance(0.6) ? draw.place(items.length + 1) : "";
    const value = draw.initializers[at]?.data[0];
    const place = value === undefined ? items.length : Number(value);
    draw.sequence = draw.node("SequenceInsert", [draw.sequence, draw.input(dims), at]);
    draw.items = items.toSpliced(place < 0 ? place + items.length : place, 0, dims);
  } else if (what === "erase" && items.length > 1) {
    const at = random.chance(0.6) ? draw.place(items.length) : "";
    const place = Number(draw.initializers[at]?.data[0] ?? -1);
    draw.sequence = draw.node("SequenceErase", [draw.sequence, at]);
    draw.items = items.toSpliced(place, 1);
  } else if (what === "optional" && opset >= 15) {
    const some = draw.node("Optional", [draw.sequence]);
    draw.outputs.push(draw.node("OptionalHasElement", [some]));
    draw.sequence = draw.node("OptionalGetElement", [some]);
  } else if (opset >= 14) {
    draw.sequence = draw.node("Identity", [draw.sequence]);
  }
}

function end(draw: Drawing): void {
  const { random, items, sequence, opset } = draw;
  draw.outputs.push(draw.node("SequenceLength", [sequence]));
  draw.outputs.push(draw.node("SequenceAt", [sequence, draw.place(items.length)]));
  if (opset >= 18) draw.outputs.push(draw.node("OptionalHasElement", []));
  const [first] = items;
  const same = items.every((dims) => dims.join() === first!.join());
  const concat = items.every((dims) => dims.at(-1) === first!.at(-1));
  if (same && random.chance(0.5)) {
    const attributes = { axis: random.int(-1, first!.length), new_axis: 1 };
    draw.outputs.push(draw.node("ConcatFromSequence", [sequence], attributes));
  } else if (concat && first!.length === 2) {
    const attributes = { axis: random.pick([0, -2]), new_axis: maybe(random, 0) };
    draw.outputs.push(draw.node("ConcatFromSequence", [sequence], attributes));
  }
}

/** A list that is made, changed, and read, as of an opset. */
export function drawChain(seed: number, opset: number): Chain {
  const draw = new Drawing(createRandom(seed), opset);
  begin(draw);
  for (let steps = draw.random.int(0, 4); steps > 0; steps--) change(draw);
  end(draw);
  const { nodes, initializers, inputs, outputs } = draw;
  const types = [...inputs].map(([name, { type }]) => [name, `f32[${type.dims.join(",")}]`]);
  const given = Object.fromEntries(types) as Record<string, string>;
  return { text: { nodes, inputs: given, initializers, outputs }, inputs, opset };
}
