/** Recurrent layers with PyTorch's arguments, defaults, results and parameter names. */
import type { Attributes, Operand } from "../../graph/definition.js";
import { join, recurrentLayer, type RecurrentLayer } from "./layer.js";
import { permute, slice, squeeze } from "./movement.js";
import { checkOptions, type OptionTable } from "./options.js";
import { parameter, record, type Value } from "./value.js";

export interface RecurrentOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Whether values are [batch, seq, features] instead of [seq, batch, features]. */
  readonly batchFirst?: boolean;
  readonly bidirectional?: boolean;
}

export interface RnnOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

const OPTIONS: OptionTable<RecurrentOptions> = {
  inputSize: "required",
  hiddenSize: "required",
  numLayers: "optional",
  bias: "optional",
  batchFirst: "optional",
  bidirectional: "optional",
};

const RNN_OPTIONS: OptionTable<RnnOptions> = { ...OPTIONS, nonlinearity: "optional" };

/** h and c of an LSTM, each [layers · directions, batch, hidden]. */
export type LstmState = readonly [h: Value, c: Value];

/**
 * torch.nn.LSTM: `const [output, [h, c]] = m.lstm(x, [h0, c0])`; states are zeros where none are given. The output
 * is [seq, batch, directions · hidden], the states those after the last step.
 */
export function lstm(options: RecurrentOptions): RecurrentLayer<LstmState> {
  return recurrentLayer(
    (x): LstmState => [x, x],
    (path) => (x, state) => {
      checkOptions(options, OPTIONS);
      const kind: Kind = {
        op: "lstm",
        gates: 4,
        states: 2,
        attributes: { gates: "ifgo", cell: true },
      };
      const [output, [h, c]] = stack(x, state ?? [], path, options, kind);
      return [output, [h!, c!]];
    },
  );
}

const same = (x: Value): Value => x;

/** torch.nn.GRU: `const [output, h] = m.gru(x, h0)`. */
export function gru(options: RecurrentOptions): RecurrentLayer<Value> {
  return recurrentLayer(same, (path) => (x, state) => {
    checkOptions(options, OPTIONS);
    const kind: Kind = { op: "gru", gates: 3, states: 1, attributes: { gates: "rzn" } };
    const [output, [h]] = stack(x, [state], path, options, kind);
    return [output, h!];
  });
}

/** torch.nn.RNN: `const [output, h] = m.rnn(x, h0)`. */
export function rnn(options: RnnOptions): RecurrentLayer<Value> {
  return recurrentLayer(same, (path) => (x, state) => {
    checkOptions(options, RNN_OPTIONS);
    const { nonlinearity } = options;
    const attributes = nonlinearity === "relu" ? { activations: ["relu"] } : {};
    const [output, [h]] = stack(x, [state], path, options, {
      op: "rnn",
      gates: 1,
      states: 1,
      attributes,
    });
    return [output, h!];
  });
}

interface Kind {
  readonly op: "lstm" | "gru" | "rnn";
  readonly gates: number;
  readonly states: number;
  readonly attributes: Attributes;
}

type Results = readonly [output: Value, states: readonly Value[]];

/** Layers one above the other, each of one direction or two, whose outputs the next one reads side by side. */
function stack(
  x: Value,
  initial: readonly (Value | undefined)[],
  path: string,
  options: RecurrentOptions,
  kind: Kind,
): Results {
  const { numLayers = 1, batchFirst = false, bidirectional = false } = options;
  const turned = (value: Value): Value => (batchFirst ? permute(value, [1, 0, 2]) : value);
  const directions = bidirectional ? [false, true] : [false];
  const last: Value[][] = Array.from({ length: kind.states }, () => []);
  let sequence = turned(x);
  for (let level = 0; level < numLayers; level++) {
    const outputs = directions.map((reverse, d) => {
      const at = level * directions.length + d;
      const states = initial.map((one) => one && squeeze(range(one, at, at + 1), [0]));
      const own = { name: `_l${level}${reverse ? "_reverse" : ""}`, reverse };
      const width = level === 0 ? options.inputSize : directions.length * options.hiddenSize;
      const all = direction(sequence, states, path, { ...options, inputSize: width }, kind, own);
      last.forEach((list, s) => list.push(lastStep(squeeze(range(all, s, s + 1), [0]), reverse)));
      return squeeze(range(all, 0, 1), [0]);
    });
    sequence = joined(outputs, 2);
  }
  return [turned(sequence), last.map((list) => joined(list, 0))];
}

/** What one direction of one layer returns: [states, seq, batch, hidden]. */
function direction(
  sequence: Value,
  states: readonly (Value | undefined)[],
  path: string,
  { inputSize, hiddenSize, bias = true }: RecurrentOptions,
  { op, gates, attributes }: Kind,
  { name, reverse }: { readonly name: string; readonly reverse: boolean },
): Value {
  // As PyTorch begins: uniform within 1 / √hidden.
  const spread = 1 / Math.sqrt(3 * hiddenSize);
  const rows = gates * hiddenSize;
  const one = (kind: string, ...dims: readonly number[]): Operand =>
    parameter(sequence, join(path, `${kind}${name}`), dims, { center: 0, spread });
  const weights = one("weight_ih", rows, inputSize);
  const recurrent = one("weight_hh", rows, hiddenSize);
  const [own, carried] = bias ? [one("bias_ih", rows), one("bias_hh", rows)] : [];
  const apart = op === "gru" ? carried : undefined;
  const sum = apart === undefined && bias ? record(sequence, "add", [own, carried], {}) : own;
  const products = record(sequence, "matmul", [sequence, weights, sum], { axis: -1 });
  const inputs = [products, recurrent, ...states, ...(apart === undefined ? [] : [apart])];
  return record(
    sequence,
    op,
    inputs,
    { ...attributes, reverse: reverse || undefined },
    join(path, `${op}${name}`),
  );
}

const range = (x: Value, from: number, to: number): Value =>
  slice(x, { axes: [0], starts: [from], ends: [to] });

/** [seq, batch, hidden] => [1, batch, hidden] */
const lastStep = (states: Value, reverse: boolean): Value =>
  reverse ? range(states, 0, 1) : range(states, -1, 2 ** 31 - 1);

function joined(values: readonly Value[], axis: number): Value {
  return values.length === 1 ? values[0]! : record(values[0]!, "concat", values, { axis });
}
