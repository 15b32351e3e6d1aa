/** Cases of the recurrent layers, against their formulas in f64, step by step. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import { at, random, type OpCase } from "./opCase.js";

/** States are rounded to f32 in every step. */
const SLACK = 2e-5;

interface Sizes {
  readonly seq: number;
  readonly batch: number;
  readonly hidden: number;
  readonly reverse?: boolean;
  readonly lengths?: readonly number[];
}

/** A state of one row: its elements, the first of which are what a step returns. */
type States = readonly (readonly number[])[];
type Step = (x: (element: number) => number, states: States) => States;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const small = (dims: readonly number[], seed: number): Tensor => {
  const { type, data } = random(dims, seed);
  return { type, data: Float32Array.from(data as Float32Array, (value) => value / 2) };
};

/** Σ r[row, k] · state[k] */
const product = (r: Tensor, row: number, state: readonly number[]): number =>
  state.reduce((sum, value, k) => sum + at(r, [row, k]) * value, 0);

/** [outputs, seq, batch, hidden] of going through each row's own sequence. */
function run(sizes: Sizes, x: Tensor, initial: States[], outputs: number, step: Step): Tensor {
  const { seq, batch, hidden, reverse = false, lengths } = sizes;
  const data = new Float32Array(outputs * seq * batch * hidden);
  for (let n = 0; n < batch; n++) {
    const steps = Array.from({ length: lengths?.[n] ?? seq }, (_, t) => t);
    let states = initial[n]!;
    for (const t of reverse ? steps.reverse() : steps) {
      states = step((element) => at(x, [t, n, element]), states);
      for (let s = 0; s < outputs; s++) data.set(states[s]!, ((s * seq + t) * batch + n) * hidden);
    }
  }
  return { type: { dtype: "f32", dims: [outputs, seq, batch, hidden] }, data };
}

const rows = (state: Tensor | undefined, { batch, hidden }: Sizes): number[][] =>
  Array.from({ length: batch }, (_, n) =>
    Array.from({ length: hidden }, (_unused, k) => (state === undefined ? 0 : at(state, [n, k]))),
  );

function caseOf(
  title: string,
  sizes: Sizes,
  inputs: readonly (Tensor | undefined)[],
  attributes: Readonly<Record<string, AttributeValue>>,
  expected: Tensor,
): OpCase {
  const { seq, batch, hidden, reverse = false, lengths } = sizes;
  const all = lengths === undefined ? inputs : [...inputs, tensor("i32", [batch], lengths)];
  return {
    title: `${title} ${seq} steps of ${batch} by ${hidden}${reverse ? ", backwards" : ""}`,
    inputs: all,
    attributes: { reverse, ...attributes },
    expected,
    slack: SLACK,
  };
}

function lstmCase(sizes: Sizes, gates: "iofg" | "ifgo", cell: boolean, peepholes: boolean): OpCase {
  const { seq, batch, hidden } = sizes;
  const x = random([seq, batch, 4 * hidden], 61);
  const r = small([4 * hidden, hidden], 62);
  const [h, c] = [small([batch, hidden], 63), small([batch, hidden], 64)];
  const p = peepholes ? small([3 * hidden], 65) : undefined;
  const peep = (gate: number, k: number): number =>
    p === undefined ? 0 : at(p, [gate * hidden + k]);
  const [first, second] = [rows(h, sizes), rows(c, sizes)];
  const initial = first.map((state, n): States => [state, second[n]!]);
  const expected = run(sizes, x, initial, cell ? 2 : 1, (at_, [state, before]) => {
    const sum = (gate: string, k: number): number => {
      const row = gates.indexOf(gate) * hidden + k;
      return at_(row) + product(r, row, state!);
    };
    const next = before!.map((old, k) => {
      const forget = sigmoid(sum("f", k) + peep(2, k) * old);
      return forget * old + sigmoid(sum("i", k) + peep(0, k) * old) * Math.tanh(sum("g", k));
    });
    const out = next.map((now, k) => sigmoid(sum("o", k) + peep(1, k) * now) * Math.tanh(now));
    return [out, next];
  });
  const title = `${gates}${cell ? " with cells" : ""}${peepholes ? " with peepholes" : ""}`;
  const all = [x, r, h, c, p];
  return caseOf(
    title,
    sizes,
    sizes.lengths || p ? all : all.slice(0, 4),
    { gates, cell },
    expected,
  );
}

function gruCase(sizes: Sizes, gates: "zrn" | "rzn", isAfter: boolean): OpCase {
  const { seq, batch, hidden } = sizes;
  const x = random([seq, batch, 3 * hidden], 66);
  const r = small([(isAfter ? 3 : 2) * hidden, hidden], 67);
  const h = sizes.reverse === true ? undefined : small([batch, hidden], 68);
  const b = isAfter ? small([3 * hidden], 69) : undefined;
  const rn = isAfter ? undefined : small([hidden, hidden], 70);
  const initial = rows(h, sizes).map((state): States => [state]);
  const expected = run(sizes, x, initial, 1, (at_, [state]) => {
    const own = (gate: string, k: number): number => at_(gates.indexOf(gate) * hidden + k);
    const carried = (gate: string, k: number): number => {
      const row = gates.indexOf(gate) * hidden + k;
      return product(r, row, state!) + (b === undefined ? 0 : at(b, [row]));
    };
    const gate = (name: string, k: number): number => sigmoid(own(name, k) + carried(name, k));
    const reset = state!.map((value, k) => gate("r", k) * value);
    return [
      state!.map((value, k) => {
        const sum = isAfter ? gate("r", k) * carried("n", k) : product(rn!, k, reset);
        const z = gate("z", k);
        return (1 - z) * Math.tanh(own("n", k) + sum) + z * value;
      }),
    ];
  });
  const title = `${gates} reset ${isAfter ? "after" : "before"} the product`;
  const all = isAfter ? [x, r, h, b, undefined] : [x, r, h, undefined, rn];
  const inputs = sizes.lengths === undefined && isAfter ? all.slice(0, 4) : all;
  return caseOf(title, sizes, inputs, { gates }, expected);
}

function rnnCase(sizes: Sizes, activation: "tanh" | "relu" | "affine"): OpCase {
  const { seq, batch, hidden } = sizes;
  const x = random([seq, batch, hidden], 71);
  const r = small([hidden, hidden], 72);
  const f = {
    tanh: Math.tanh,
    relu: (value: number) => Math.max(0, value),
    affine: (value: number) => 0.5 * Math.max(-1, Math.min(1, value)) + 0.25,
  }[activation];
  const initial = rows(undefined, sizes).map((state): States => [state]);
  const expected = run(sizes, x, initial, 1, (at_, [state]) => [
    state!.map((_, k) => f(at_(k) + product(r, k, state!))),
  ]);
  const more = activation === "affine" ? { alpha: [0.5], beta: [0.25], clip: 1 } : {};
  const inputs = sizes.lengths === undefined ? [x, r] : [x, r, undefined];
  return caseOf(activation, sizes, inputs, { activations: [activation], ...more }, expected);
}

const plain: Sizes = { seq: 3, batch: 2, hidden: 5 };
const backwards: Sizes = { seq: 4, batch: 1, hidden: 4, reverse: true };
const ragged: Sizes = { seq: 4, batch: 3, hidden: 3, lengths: [4, 2, 0] };

export const recurrentCases: Readonly<Record<string, readonly OpCase[]>> = {
  lstm: [
    lstmCase(plain, "iofg", false, false),
    lstmCase(plain, "ifgo", true, false),
    lstmCase(backwards, "iofg", true, true),
    lstmCase({ ...ragged, reverse: true }, "iofg", false, false),
    lstmCase({ seq: 1, batch: 1, hidden: 8 }, "ifgo", true, false),
  ],
  gru: [
    gruCase(plain, "zrn", true),
    gruCase(plain, "rzn", true),
    gruCase(backwards, "zrn", false),
    gruCase(ragged, "rzn", false),
    gruCase(ragged, "zrn", true),
  ],
  rnn: [
    rnnCase(plain, "tanh"),
    rnnCase(backwards, "relu"),
    rnnCase({ ...ragged, reverse: true }, "affine"),
  ],
};
