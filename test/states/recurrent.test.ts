/** Recurrent layers run step by step, their states kept, compute what they do in one run over the whole sequence. */
import { describe, expect, it, vi } from "vitest";
import { gru, linear, lstm, model, type Definition } from "../../compiler/index.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const STEPS = 7;
const [FEATURES, HIDDEN] = [5, 6] as const;
const layer = { inputSize: FEATURES, hiddenSize: HIDDEN, numLayers: 2 };
const out = linear({ inFeatures: HIDDEN, outFeatures: 3 });

/** Of so many steps a run, with states as inputs that a model may keep. */
function lstmOf(steps: number, state: boolean): Definition {
  const dims = [2, 1, HIDDEN];
  const kept = (output: string) => (state ? { dims, state: output } : dims);
  return model(
    "lstm",
    { x: [steps, 1, FEATURES], h0: kept("hn"), c0: kept("cn") },
    { lstm: lstm(layer), out },
    (m, { x, h0, c0 }) => {
      const [output, [hn, cn]] = m.lstm(x, [h0, c0]);
      return { y: m.out(output), hn, cn };
    },
  );
}

function gruOf(steps: number, state: boolean): Definition {
  const dims = [2, 1, HIDDEN];
  return model(
    "gru",
    { x: [steps, 1, FEATURES], h0: state ? { dims, state: "hn" } : dims },
    { gru: gru(layer), out },
    (m, { x, h0 }) => {
      const [output, hn] = m.gru(x, h0);
      return { y: m.out(output), hn };
    },
  );
}

const X = Float32Array.from({ length: STEPS * FEATURES }, (_, i) => Math.sin(1 + 3 * i));

describe.each([
  ["lstm", lstmOf, ENGINES],
  ["gru", gruOf, ENGINES.slice(-1)],
] as const)("%s", (_, of, engines) => {
  it.each(engines)("on %s", async (engine) => {
    const whole = (await loadProduct(of(STEPS, false), engine)).model;
    const { model } = await loadProduct(of(1, true), engine);
    const zeros = new Float32Array(2 * HIDDEN);
    const states = of === lstmOf ? { h0: zeros, c0: zeros } : { h0: zeros };
    const expected = whole.run({ x: X, ...states })["y"] as Float32Array;
    for (const again of [false, true]) {
      if (again) model.reset!();
      for (let step = 0; step < STEPS; step++) {
        const x = X.subarray(step * FEATURES, (step + 1) * FEATURES);
        const y = model.run({ x })["y"] as Float32Array;
        y.forEach((one, i) => expect(one).toBeCloseTo(expected[3 * step + i]!, 5));
      }
    }
  });
});
