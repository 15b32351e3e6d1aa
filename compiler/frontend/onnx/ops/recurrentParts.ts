/** What rows of recurrent layers are made of: sizes, the product of the whole sequence, parameters a direction, and results. */
import type { Attributes } from "../../../graph/definition.js";
import { tensor } from "../../../base/tensor.js";
import { recurrentActivations } from "../../../ops/recurrentActivation.js";
import { layer, refuse, reshape, type Layer, type Site, type Value } from "../importSite.js";

export interface Recurrent {
  readonly activations?: readonly string[] | undefined;
  readonly activation_alpha?: readonly number[] | undefined;
  readonly activation_beta?: readonly number[] | undefined;
  readonly clip?: number | undefined;
  readonly direction: string;
  readonly hidden_size?: number | undefined;
  readonly layout: number;
}

/** Sizes and operands of a layer, whatever is in its gates. */
export interface Parts {
  readonly site: Site<Recurrent>;
  readonly directions: readonly boolean[];
  readonly gates: number;
  readonly seq: number;
  readonly batch: number;
  readonly hidden: number;
  /** Steps of each row, where some may have fewer than `seq`. */
  readonly lengths: Value | undefined;
}

const dims = (...list: readonly number[]) => tensor("i64", [list.length], list);
export const slice = (x: Value, axis: number, from: number, to: number): Layer =>
  layer("slice", [x], { axes: [axis], starts: [from], ends: [to] });

export function partsOf(site: Site<Recurrent>, gates: number): Parts {
  const { direction, layout, hidden_size: declared } = site.attributes;
  const [x, r] = [site.type(0).dims, site.type(2).dims];
  if (x.length !== 3 || r.length !== 3)
    refuse(`X has ${x.length} and R ${r.length} dimensions, expected 3 of each`);
  const directions = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction];
  if (directions === undefined)
    refuse(
      `direction is '${direction}'`,
      "expected forward, reverse or bidirectional",
      "bad-attribute",
    );
  const hidden = r[2]!;
  if (declared !== undefined && declared !== hidden)
    refuse(`hidden_size is ${declared}, but R is [${r.join(",")}]`, undefined, "shape-mismatch");
  if (r[0] !== directions.length || r[1] !== gates * hidden) {
    const wanted = [directions.length, gates * hidden, hidden].join(",");
    refuse(`R is [${r.join(",")}], expected [${wanted}]`, undefined, "shape-mismatch");
  }
  const [seq, batch] = layout === 1 ? [x[1]!, x[0]!] : [x[0]!, x[1]!];
  return { site, directions, gates, seq, batch, hidden, lengths: lengthsOf(site, seq) };
}

/** Nothing where the file says that no row is shorter. */
function lengthsOf(site: Site<Recurrent>, seq: number): Value | undefined {
  const known = site.constant(4);
  const isWhole = known !== undefined && Array.from(known.data, Number).every((one) => one === seq);
  return isWhole ? undefined : site.inputs[4];
}

/** A parameter [directions, …] of one direction, without that dim. */
export function ofDirection(
  { hidden }: Parts,
  value: Value,
  d: number,
  shape: readonly number[],
): Layer {
  return reshape(slice(value, 0, d, d + 1), ...shape.map((dim) => dim * hidden));
}

/** Σ of the products with W of all directions, and of what is added to them: [seq, batch, directions · gates · hidden]. */
export function products(parts: Parts, bias: (d: number, b: Value) => Value): Value {
  const { site, directions, gates, hidden } = parts;
  const [x, w, , b] = site.inputs;
  const sequence =
    site.attributes.layout === 1 ? layer("transpose", [x], { permutation: [1, 0, 2] }) : x!;
  const weights = reshape(w!, directions.length * gates * hidden, site.type(1).dims[2] ?? 1);
  if (b === undefined) return layer("matmul", [sequence, weights], { axis: -1 });
  const each = directions.map((_, d) => bias(d, b));
  const all = each.length === 1 ? each[0]! : layer("concat", each, { axis: 0 });
  return layer("matmul", [sequence, weights, all], { axis: -1 });
}

/** The bias of the products with W, or of those with R, of one direction: B is [directions, 2 · gates · hidden]. */
export function biasOf({ gates, hidden }: Parts, b: Value, d: number, which: 0 | 1): Layer {
  const width = gates * hidden;
  const own = slice(slice(b, 0, d, d + 1), 1, which * width, (which + 1) * width);
  return reshape(own, width);
}

export const bothBiases =
  (parts: Parts) =>
  (d: number, b: Value): Layer =>
    layer("add", [biasOf(parts, b, d, 0), biasOf(parts, b, d, 1)]);

/** The state of one direction before the first step; an input of [directions, batch, hidden], or the layout's. */
export function initialOf(parts: Parts, position: number, d: number): Layer | undefined {
  const { site, batch, hidden } = parts;
  const state = site.inputs[position];
  if (state === undefined) return undefined;
  const own = slice(state, site.attributes.layout === 1 ? 1 : 0, d, d + 1);
  return reshape(own, batch, hidden);
}

/** ONNX's lists have entries for those activations alone that take alpha or beta; ours for each. */
function activationsOf({ site: { attributes }, directions }: Parts, d: number): Attributes {
  const { activations, activation_alpha = [], activation_beta = [], clip } = attributes;
  const clipped = clip === undefined ? {} : { clip };
  if (activations === undefined) return clipped;
  const names = activations.map((name) => {
    const known = Object.keys(recurrentActivations).find(
      (one) => one.toLowerCase() === name.toLowerCase(),
    );
    return known ?? refuse(`activation '${name}' is none of ONNX's`, undefined, "bad-attribute");
  });
  const [alphas, betas] = [[...activation_alpha], [...activation_beta]];
  const all = names.map((name) => {
    const { alpha, beta } = recurrentActivations[name as keyof typeof recurrentActivations] as {
      readonly alpha?: number;
      readonly beta?: number;
    };
    return {
      name,
      alpha: alpha === undefined ? 0 : (alphas.shift() ?? alpha),
      beta: beta === undefined ? 0 : (betas.shift() ?? beta),
    };
  });
  const each = all.length / directions.length;
  const own = all.slice(d * each, (d + 1) * each);
  return {
    ...clipped,
    activations: own.map(({ name }) => name),
    alpha: own.map(({ alpha }) => alpha),
    beta: own.map(({ beta }) => beta),
  };
}

/** What layers of one direction say alike; `gates` of x are those of direction d. */
export function sharedBy(
  parts: Parts,
  x: Value,
  d: number,
): { readonly x: Value; readonly attributes: Attributes } {
  const { directions, gates, hidden } = parts;
  const width = gates * hidden;
  return {
    x: directions.length === 1 ? x : slice(x, 2, d * width, (d + 1) * width),
    attributes: {
      reverse: directions[d]!,
      ...activationsOf(parts, d),
    },
  };
}

/** Y, Y_h and, of two states, Y_c, of layers that return [states, seq, batch, hidden], one a direction. */
export function results(parts: Parts, layers: readonly Layer[]): (Value | undefined)[] {
  const { site, seq, batch, hidden } = parts;
  const { used, attributes } = site;
  const isBatchFirst = attributes.layout === 1;
  const state = (all: Layer, s: number): Layer =>
    reshape(slice(all, 0, s, s + 1), seq, batch, hidden);
  const joined = (each: readonly Value[], axis: number): Value =>
    each.length === 1 ? each[0]! : layer("concat", each, { axis });
  const whole = (): Value => {
    const y = joined(
      layers.map((all) => reshape(state(all, 0), seq, 1, batch, hidden)),
      1,
    );
    return isBatchFirst ? layer("transpose", [y], { permutation: [2, 0, 1, 3] }) : y;
  };
  const last = (s: number): Value => {
    const each = layers.map((all, d) => lastOf(parts, state(all, s), parts.directions[d]!));
    const rows = joined(
      each.map((one) => reshape(one, 1, batch, hidden)),
      0,
    );
    return isBatchFirst ? layer("transpose", [rows], { permutation: [1, 0, 2] }) : rows;
  };
  return [
    used[0] ? whole() : undefined,
    used[1] ? last(0) : undefined,
    used[2] ? last(1) : undefined,
  ];
}

/** The state after the last step of each row, of [seq, batch, hidden]: [batch, hidden]. */
function lastOf({ seq, batch, lengths }: Parts, states: Layer, reverse: boolean): Layer {
  if (reverse || lengths === undefined) {
    const at = reverse ? 0 : seq - 1;
    return slice(states, 0, at, at + 1);
  }
  const last = layer("sub", [layer("cast", [lengths], { to: "i64" }), dims(1)]);
  const rows = tensor("i64", [batch, 1], [...Array(batch).keys()]);
  const steps = reshape(layer("max", [last, dims(0)]), batch, 1);
  return layer("gatherND", [states, layer("concat", [steps, rows], { axis: 1 })]);
}
