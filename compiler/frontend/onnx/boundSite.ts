/** What a rule sees of a node some of whose inputs have as many rows as a run finds, and what it answers. */
import type { TensorType } from "../../base/tensor.js";
import { refuse, type Bound, type Site, type Value } from "./importSite.js";
import { numbers } from "./ops/constant.js";

/** A node some of whose inputs are bounded. */
export interface BoundSite {
  readonly site: Site<Readonly<Record<string, unknown>>>;
  readonly bounds: readonly (Bound | undefined)[];
}

/** What is read instead of inputs, and the bound of each output; undefined where all of it is there. */
export interface Followed {
  readonly inputs?: readonly (Value | undefined)[];
  bound(output: TensorType, position: number): Bound<Value> | undefined;
}

export type Rule = (at: BoundSite) => Followed;

const UNREAD =
  "end the model before it, and do this afterwards with the rows that its count output says";

export function beyond(what: string): never {
  return refuse(`${what} of values that have as many rows as a run finds`, UNREAD);
}

export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The only input that is bounded, by its position. */
export function only({ bounds }: BoundSite): readonly [number, Bound] {
  const found = bounds.flatMap((bound, i) => (bound === undefined ? [] : [[i, bound] as const]));
  return found.length === 1 ? found[0]! : beyond("arithmetic");
}

/** The axes that an input or an attribute names. */
export function axesOf(
  { attributes, inputs, value }: Site<Readonly<Record<string, unknown>>>,
  rank: number,
) {
  const given =
    inputs[1] === undefined ? (attributes["axes"] as number[] | undefined) : numbers(value(1));
  return given?.map((axis) => axisOf(axis, rank));
}
