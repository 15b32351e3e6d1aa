/** Networks for sound and text agree with onnxruntime-web, run after run, with the states that they hand on. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { keepStates } from "../../../compiler/graph/states.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { ENGINES, type Engine } from "../../support/engine.js";
import { openOnnx } from "../../support/onnxRuntime.js";
import { loadProduct } from "../../support/product.js";
import { networks, type Network } from "./networks.js";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TypeScript and the fastest WebAssembly. */
const engines = [...new Set([ENGINES[0]!, ENGINES.at(-1)!])];

type Values = Map<string, Tensor>;

/** What onnxruntime makes of every step, which all engines are compared with. */
const expected = new Map<Network, Promise<Values[]>>();

function expectedOf(network: Network, bytes: Uint8Array): Promise<Values[]> {
  const known = expected.get(network) ?? runPeer(network, bytes);
  expected.set(network, known);
  return known;
}

/** Every run's outputs; states begin as zeros, and are handed from run to run. */
async function runPeer({ values, shapes, states = {}, ...network }: Network, bytes: Uint8Array) {
  const session = await openOnnx(bytes);
  const bound = Object.entries(values ?? {});
  let carried = Object.keys(states).map((input): [string, Tensor] => {
    const dims = shapes![input]!;
    return [input, tensor("f32", dims, new Float32Array(elementCount(dims)))];
  });
  const results: Values[] = [];
  for (let step = 0; step < network.steps; step++) {
    const inputs = Object.entries(network.inputs(step));
    const outputs = await session.run(new Map([...inputs, ...carried, ...bound]));
    carried = Object.entries(states).map(([input, output]) => [input, outputs.get(output)!]);
    results.push(outputs);
  }
  await session.release();
  return results;
}

/** The largest difference of two elements, in parts of the largest element, or of 1 where that is less. */
function worstOf(actual: Values, wanted: Values): number {
  let worst = 0;
  for (const [name, { type, data }] of wanted) {
    const want = data as Float32Array;
    const got = actual.get(name)!;
    expect(got.type).toEqual(type);
    const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    want.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - Number(got.data[i])) / largest);
    });
  }
  return worst;
}

/** The network as an application has it: states stay inside, and come out as well so that they can be looked at. */
function definitionOf({ shapes = {}, values = {}, states = {}, bytes }: Network): Definition {
  const bindings = { shapes, values: new Map(Object.entries(values)) };
  const definition = keepStates(readOnnx(bytes(), bindings), states);
  const kept = definition.states?.map((state) => ({ ...state, keep: true as const }));
  return kept === undefined ? definition : { ...definition, states: kept };
}

async function compare(network: Network, engine: Engine): Promise<number> {
  const { shapes = {}, values = {}, steps, inputs } = network;
  const bindings = { shapes, values: new Map(Object.entries(values)) };
  const product = await loadProduct(definitionOf(network), engine, bindings);
  const theirs = await expectedOf(network, network.bytes());
  const run = (step: number): Values => product.run(new Map(Object.entries(inputs(step))));
  const ours = Array.from({ length: steps }, (_, step) => run(step));
  expect([...ours[0]!.keys()]).toEqual([...theirs[0]!.keys()]);
  product.model.reset?.();
  expect(run(0)).toEqual(ours[0]);
  return Math.max(...ours.map((outputs, step) => worstOf(outputs, theirs[step]!)));
}

let skipped = 0;

describe.each(networks)("$name", (network) => {
  const missing = network.path === undefined;
  if (missing) skipped++;

  it.skipIf(missing).each(engines)("agrees on %s", async (engine) => {
    expect(await compare(network, engine)).toBeLessThanOrEqual(1e-4);
  });

  it.skipIf(missing)("hands on more than zeros", async () => {
    const results = await expectedOf(network, network.bytes());
    const [first, last] = [results[0]!, results.at(-1)!];
    const moved = [...last].filter(
      ([name, { data }]) => first.get(name)!.data.join() !== data.join(),
    );
    expect(moved.map(([name]) => name)).toEqual([...last.keys()]);
  });
});

afterAll(() => {
  if (skipped > 0)
    console.warn(`SKIPPED ${skipped} of ${networks.length} networks: no such packages here`);
});
