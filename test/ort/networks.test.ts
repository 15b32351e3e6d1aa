/** Every example network, kernel by kernel, against onnxruntime-web; and whole, exported before and after all passes. */
import { describe, expect, it, vi } from "vitest";
import { networks, type ExampleNetwork } from "../../examples/index.js";
import { lenet5 } from "../../examples/lenet5/model.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { bufferOf } from "../../compiler/program/memory/address.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { random } from "../ops/cases/opCase.js";
import { differenceOf, ordinaryRms } from "../support/difference.js";
import { ENGINES } from "../support/engine.js";
import { compilePrograms, type Execution } from "../support/execution.js";
import {
  comparableNodes,
  kernelDifferences,
  modelKernels,
  programTolerance,
  type KernelDifference,
} from "../support/kernelByKernel.js";
import { openOnnx, runOnnx } from "../support/onnxRuntime.js";
import { loadProduct, type Product } from "../support/product.js";
import { planGraph } from "../support/runProgram.js";

/** TILEWRIGHT_FULL_SIZE=1 runs the networks as they are instead of their small versions. */
const FULL_SIZE = process.env["TILEWRIGHT_FULL_SIZE"] === "1";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** The graph with the values of nodes for outputs besides its own. */
function exposing(graph: Graph, nodes: readonly string[]): Graph {
  const more = nodes.map((name) => ({ name: exposedName(name), value: `%${name}` as const }));
  return { ...graph, outputs: [...graph.outputs, ...more] };
}

const exposedName = (node: string): string => `value of ${node}`;

const SEEDS = [1, 2];

/** In milliseconds, for a busy machine; a network takes a few seconds. */
const TIMEOUT = FULL_SIZE ? 1_800_000 : 240_000;

/** The second sample is louder besides being another: to networks that take means, noise is noise. */
function inputsOf({ inputs }: Graph, seed: number): Map<string, Tensor> {
  return new Map(
    inputs.map(({ name, type }) => {
      const noise = random(type.dims, seed).data as Float32Array;
      return [name, { type, data: noise.map((x) => (x * seed) / 2) }];
    }),
  );
}

interface Sample {
  readonly differences: readonly KernelDifference[];
  /** The network's own outputs by name: emitted for each engine, */
  readonly emitted: readonly ReadonlyMap<string, Tensor>[];
  /** of onnxruntime node by node, and with its optimisations before and after passes. */
  readonly apart: ReadonlyMap<string, Tensor>;
  readonly before: ReadonlyMap<string, Tensor>;
  readonly after: ReadonlyMap<string, Tensor>;
}

async function samplesOf({ create, small }: ExampleNetwork) {
  const definition = create(FULL_SIZE ? {} : small);
  const raw = inferShapes(definition, {});
  const products: Product[] = [];
  for (const engine of ENGINES) products.push(await loadProduct(definition, engine));
  const { graph, program } = products[0]!.result;
  const nodes = comparableNodes({ raw, graph }, program);
  const executions: Execution[] = [];
  for (const [i, { result }] of products.entries())
    executions.push(...(await compilePrograms([result.program], ENGINES[i]!)));
  // Every node by itself: onnxruntime does not yield all values that lie inside what it has fused.
  const apart = await openOnnx(exportOnnx(exposing(raw, nodes)), "disabled");
  const sessions = [
    apart,
    await openOnnx(exportOnnx(raw)),
    await openOnnx(exportOnnx(graph)),
  ] as const;
  const samples: Sample[] = [];
  for (const seed of SEEDS) {
    const inputs = inputsOf(raw, seed);
    const values = await apart.run(inputs);
    const reference = new Map(nodes.map((name) => [name, values.get(exposedName(name))!]));
    samples.push({
      differences: executions.flatMap((execution) =>
        kernelDifferences(execution, { raw, graph }, inputs, reference),
      ),
      emitted: products.map((product) => product.run(inputs)),
      apart: values,
      before: await sessions[1].run(inputs),
      after: await sessions[2].run(inputs),
    });
  }
  for (const session of sessions) await session.release();
  const allowed = programTolerance({ raw, graph }, program);
  return { raw, program, nodes, samples, allowed };
}

/**
 * The largest error of an output after a whole run, as a share of what is allowed: what kernels' errors may
 * add up to, or, where a network amplifies them, a few times as far as onnxruntime's optimisations take it
 * from itself.
 */
function wholeError(
  { emitted, apart, before, after }: Sample,
  { outputs }: Graph,
  allowed: number,
): number {
  const shares = outputs.flatMap(({ name }) => {
    const reference = before.get(name)!;
    const units = (one: ReadonlyMap<string, Tensor>): number =>
      differenceOf(one.get(name)!, reference, 1).units;
    const most = Math.max(allowed, 4 * units(apart));
    return [...emitted, after].map((one) => units(one) / most);
  });
  return Math.max(...shares);
}

/** How far two samples of an output are apart, in parts of the first's rms. */
function movement(first: Tensor, second: Tensor): number {
  const moved = (first.data as Float32Array).map((x, i) => x - Number(second.data[i]!));
  return ordinaryRms({ ...first, data: moved }) / ordinaryRms(first);
}

/** Spoils the largest element of what one kernel wrote, by a two-thousandth. */
function spoiled(execution: Execution, position: number): Execution {
  const { program, arena } = execution;
  const place = program.kernels[position]!.places["out"]!;
  const buffer = bufferOf(program, place);
  const start = buffer.offset / 4;
  const window = arena.f32.subarray(start + place.offset, start + buffer.size);
  return {
    ...execution,
    call(number) {
      execution.call(number);
      if (number !== position) return;
      const sizes = window.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
      const largest = sizes.reduce((most, value, i) => (value > sizes[most]! ? i : most), 0);
      window[largest]! *= 1 + 2 ** -11;
    },
  };
}

describe("the comparison", () => {
  it("finds the kernel that is wrong in one element", async () => {
    const raw = inferShapes(lenet5(), {});
    const graph = runPasses(raw);
    const program = planGraph(graph);
    const nodes = comparableNodes({ raw, graph }, program);
    const [execution] = await compilePrograms([program]);
    const inputs = inputsOf(raw, 1);
    const values = await runOnnx(exportOnnx(exposing(raw, nodes)), inputs);
    const reference = new Map(nodes.map((name) => [name, values.get(exposedName(name))!]));
    for (const [position, { name, kernel }] of program.kernels.entries()) {
      if (kernel.computes[0]!.reduce.length === 0) continue;
      const wrong = kernelDifferences(
        spoiled(execution!, position),
        { raw, graph },
        inputs,
        reference,
      ).filter(({ units, tolerance }) => units > tolerance);
      expect(wrong.map((one) => one.kernel)).toEqual([name]);
    }
  });
});

describe("networks agree with onnxruntime-web", () => {
  it.each(networks.map((network) => [network.name, network] as const))(
    "%s",
    async (_, network) => {
      const { raw, program, nodes, samples, allowed } = await samplesOf(network);
      const kernels = modelKernels(program).length;
      expect(nodes.length / kernels, "kernels that are compared").toBeGreaterThan(0.9);
      const all = samples.flatMap(({ differences }) => differences);
      expect(all.length).toBe(SEEDS.length * ENGINES.length * nodes.length);
      const rows = all.filter(({ units, tolerance }) => units > tolerance);
      expect(rows).toEqual([]);
      const whole = Math.max(...samples.map((sample) => wholeError(sample, raw, allowed)));
      expect(whole, "outputs as a share of what errors may add up to").toBeLessThan(1);
      for (const { name } of raw.outputs) {
        ENGINES.forEach((engine, i) => {
          const [first, second] = samples.map(({ emitted }) => emitted[i]!.get(name)!);
          expect(movement(first!, second!), `moves with the input, ${engine}`).toBeGreaterThan(0.1);
        });
      }
      const share = Math.max(...all.map(({ units, tolerance }) => units / tolerance || 0));
      console.log(
        `${network.name}: ${nodes.length} of ${kernels} kernels compared on ${ENGINES.join(", ")}, the worst at ${share.toFixed(2)} of its tolerance, outputs at ${whole.toFixed(2)}`,
      );
    },
    TIMEOUT,
  );
});
