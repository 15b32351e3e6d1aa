/** Layers and how they compose: each is built at a path, which names its parameters as PyTorch's state dict does. */
import { CompileError } from "../../base/error.js";
import { recorderOf, type Value } from "./value.js";

/** Channels out of a layer that leaves them as they come. */
export type Same = "same";

/** A channel count that TypeScript does not know fits every layer. */
type Known<C extends number> = number extends C ? never : C;

/**
 * A layer before it has a place in a model. `In` and `Out` are its channels where TypeScript knows them.
 */
export interface Layer<In extends number = number, Out extends number | Same = number | Same> {
  readonly layer: true;
  /** Only in types. */
  readonly takes?: In | undefined;
  /** Only in types. */
  readonly gives?: Out | undefined;
  build(path: string): (x: Value) => Value<never>;
}

/**
 * A layer from what it does at a path. A layer that cannot be built leaves its problems with the model, which
 * reports those of all layers together, and lets its input through meanwhile.
 */
export function layer<In extends number, Out extends number | Same>(
  build: (path: string) => (x: Value) => Value,
): Layer<In, Out> {
  const guarded = (path: string) => (x: Value) => {
    const { problems } = recorderOf(x, path);
    try {
      return build(path)(x);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      for (const problem of error.problems) problems.push({ node: path, ...problem });
      return x;
    }
  };
  return { layer: true, build: guarded as Layer["build"] };
}

/** A layer that goes through a sequence: it takes a state besides, and returns the one it ends with. */
export interface RecurrentLayer<State> {
  readonly recurrent: true;
  build(path: string): (x: Value, state?: State) => readonly [output: Value, state: State];
}

/**
 * A recurrent layer from what it does at a path; one that cannot be built leaves its problems with the model, and lets
 * its input through meanwhile, with states that `instead` makes of it.
 */
export function recurrentLayer<State>(
  instead: (x: Value) => State,
  build: (path: string) => (x: Value, state?: State) => readonly [output: Value, state: State],
): RecurrentLayer<State> {
  const guarded: RecurrentLayer<State>["build"] = (path) => (x, state) => {
    const { problems } = recorderOf(x, path);
    try {
      return build(path)(x, state);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      for (const problem of error.problems) problems.push({ node: path, ...problem });
      return [x, instead(x)];
    }
  };
  return { recurrent: true, build: guarded };
}

/** A recurrent layer of whatever state. */
interface Recurrent {
  readonly recurrent: true;
  build(path: string): (x: Value, state?: never) => readonly [output: Value, state: unknown];
}

/** What a block or a model has by name. */
export type Layers = Readonly<Record<string, Layer | Recurrent>>;

/** conv1 in layer1.0 => layer1.0.conv1 */
export function join(path: string, name: string | number): string {
  return path === "" ? String(name) : `${path}.${name}`;
}

type Takes<L extends Layer> = L extends Layer<infer In, infer _> ? In : number;
type Gives<L extends Layer, C extends number> =
  L extends Layer<infer _, infer Out> ? (Out extends number ? Known<Out> : C) : never;

/** Two known channel counts that differ. */
export type Clash<A extends number, B extends number> = [A] extends [never]
  ? false
  : [A & B] extends [never]
    ? true
    : false;

/** The list itself where each layer takes what the one before gives; the first that does not becomes a message. */
export type Chain<L extends readonly Layer[], C extends number = number> = L extends readonly [
  infer Head extends Layer,
  ...infer Rest extends readonly Layer[],
]
  ? Clash<C, Takes<Head>> extends true
    ? readonly [`this layer takes ${Takes<Head>} channels but is given ${C}`, ...Rest]
    : readonly [Head, ...Chain<Rest, Gives<Head, C>>]
  : L;

type FirstTakes<L extends readonly Layer[]> = L extends readonly [
  infer Head extends Layer,
  ...infer _,
]
  ? Takes<Head>
  : number;

type LastGives<L extends readonly Layer[], C extends number = number> = L extends readonly [
  infer Head extends Layer,
  ...infer Rest extends readonly Layer[],
]
  ? LastGives<Rest, Gives<Head, C>>
  : C;

/** Layers one after the other, named 0, 1, 2 … as in torch.nn.Sequential. */
export function sequential<const L extends readonly Layer[]>(
  layers: L & Chain<L>,
): Layer<FirstTakes<L>, LastGives<L>> {
  return layer((path) => {
    const built = layers.map((one, i) => one.build(join(path, i)));
    return (x) => built.reduce<Value>((value, apply) => apply(value), x);
  });
}

/** Layers bound to their names inside a block. */
export type Bound<Own extends Layers> = {
  readonly [Name in keyof Own]: Own[Name] extends RecurrentLayer<infer State>
    ? (x: Value, state?: State) => readonly [output: Value<never>, state: State]
    : Own[Name] extends Layer
      ? <C extends Takes<Own[Name]>>(x: Value<C>) => Value<Gives<Own[Name], C>>
      : never;
};

/**
 * A module of named layers and the function that composes them, as a torch.nn.Module with its forward:
 *
 *   block({ conv1: conv2d(…), bn1: batchNorm2d(…) }, (m, x) => add(relu(m.bn1(m.conv1(x))), x))
 *
 * Written `(m, x: Value<64>) => …`, TypeScript knows how many channels the block takes.
 */
export function block<
  const Own extends Layers,
  In extends number = never,
  Out extends number = number,
>(
  layers: Own,
  forward: (layers: Bound<Own>, x: Value<In>) => Value<Out>,
): Layer<[In] extends [never] ? number : In, Out> {
  return layer((path) => {
    const bound = bindLayers(layers, path);
    return (x) => forward(bound, x as Value<In>);
  });
}

export function bindLayers<Own extends Layers>(layers: Own, path: string): Bound<Own> {
  const entries = Object.entries(layers).map(([name, one]) => [name, one.build(join(path, name))]);
  return Object.fromEntries(entries) as Bound<Own>;
}
