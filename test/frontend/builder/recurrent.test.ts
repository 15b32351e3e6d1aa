/** The builder's recurrent layers are PyTorch's: parameters, gates, results. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../../compiler/base/error.js";
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import {
  gru,
  lstm,
  model,
  rnn,
  type LstmState,
  type RecurrentLayer,
  type Value,
} from "../../../compiler/frontend/builder/index.js";
import type { Constant, Definition } from "../../../compiler/graph/definition.js";
import { loadProduct } from "../../support/product.js";
import { torch } from "./recurrentValues.js";

/** Parameters by the formula that PyTorch's had, in the order of their names. */
function withValues(definition: Definition): Definition {
  const names = definition.constants.map(({ name }) => name).sort();
  const constants = definition.constants.map((constant): Constant => {
    const s = names.indexOf(constant.name);
    const count = elementCount(constant.type.dims);
    const data = Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin(0.37 * i + s));
    return { ...constant, source: { kind: "data", data } };
  });
  return { ...definition, constants };
}

const given = (dims: readonly number[], seed: number): Tensor =>
  tensor(
    "f32",
    dims,
    Array.from({ length: elementCount(dims) }, (_, i) => Math.cos(0.61 * i + seed)),
  );

const sizes = { inputSize: 3, hiddenSize: 4 };
const deep = { ...sizes, numLayers: 2, bidirectional: true };

interface Case {
  readonly dims: readonly number[];
  readonly state: readonly number[];
  readonly layer: () => RecurrentLayer<LstmState> | RecurrentLayer<Value>;
  readonly states: number;
}

const CASES: Readonly<Record<string, Case>> = {
  lstm: {
    dims: [2, 3, 3],
    state: [4, 2, 4],
    layer: () => lstm({ ...deep, batchFirst: true }),
    states: 2,
  },
  gru: { dims: [3, 2, 3], state: [4, 2, 4], layer: () => gru(deep), states: 1 },
  rnn: {
    dims: [3, 2, 3],
    state: [1, 2, 4],
    layer: () => rnn({ ...sizes, nonlinearity: "relu", bias: false }),
    states: 1,
  },
};

function definitionOf({ dims, state, layer, states }: Case): Definition {
  const type = (shape: readonly number[]) => ({ dims: shape, dtype: "f32" }) as const;
  const inputs = { x: type(dims), h: type(state), ...(states > 1 ? { c: type(state) } : {}) };
  return model("net", inputs, { own: layer() }, (m, values) => {
    const { x, h, c } = values as Readonly<Record<string, Value>>;
    const run = m.own as unknown as (x: Value, state?: unknown) => [Value, Value | Value[]];
    const [y, last] = run(x!, states > 1 ? [h, c] : h);
    const [zeros] = run(x!);
    const [hn, cn] = Array.isArray(last) ? last : [last];
    return { y, hn: hn!, ...(cn === undefined ? {} : { cn }), zeros };
  });
}

describe.each(Object.entries(CASES))("%s", (name, one) => {
  it.each(["ts", "plain"] as const)("returns what PyTorch's does, on %s", async (engine) => {
    const product = await loadProduct(withValues(definitionOf(one)), engine);
    const inputs = new Map([
      ["x", given(one.dims, 1)],
      ["h", given(one.state, 2)],
      ...(one.states > 1 ? [["c", given(one.state, 3)] as const] : []),
    ]);
    const outputs = product.run(inputs);
    const expected = [...torch[name]!, ...torch[`${name}_zeros`]!];
    expect([...outputs.values()].map(({ data }) => data.length)).toEqual(
      expected.map(({ length }) => length),
    );
    [...outputs.values()].forEach(({ data }, i) =>
      data.forEach((value, at) => expect(Number(value)).toBeCloseTo(expected[i]![at]!, 5)),
    );
  });

  it("has the names of PyTorch's parameters", () => {
    const names = definitionOf(one).constants.map((constant) => constant.name);
    expect(names).toContain("own.weight_ih_l0");
    expect(names).toContain("own.weight_hh_l0");
    expect(names.includes("own.bias_hh_l1_reverse")).toBe(name !== "rnn");
  });
});

it("says what options a recurrent layer has", () => {
  const wrong = { inputSize: 3, hiddenSize: 4, layers: 2 } as never;
  const build = () =>
    model("net", { x: { dims: [3, 1, 3], dtype: "f32" } }, { own: gru(wrong) }, (m, { x }) => ({
      y: m.own(x)[0],
    }));
  expect(build).toThrow(CompileError);
  expect(build).toThrow(/no option layers/);
});
