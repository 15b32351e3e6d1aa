/** Every example network: the kernels, copies and memory it comes to, and its numbers with and without passes. */
import { describe, expect, it, vi } from "vitest";
import { networks, type ExampleNetwork } from "../../examples/index.js";
import type { VideoOptions } from "../../examples/r3d18.js";
import { arenaUse } from "../../compiler/analysis/arena.js";
import { planModel } from "../../compiler/compile.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { passes } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { arenaLowerBound } from "../../compiler/program/memory/lifetimes.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { printProgram } from "../../compiler/program/print.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { loadProduct, type Product } from "../support/product.js";
import { SIMDS } from "../support/simd.js";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

interface Outcome {
  /** Without entry and exit relayout and margin fills. */
  readonly kernels: number;
  readonly copies: number;
}

const outcomes: Readonly<Record<string, Outcome>> = {
  lenet5: { kernels: 7, copies: 0 },
  alexnet: { kernels: 11, copies: 0 },
  network_in_network: { kernels: 12, copies: 0 },
  vgg11: { kernels: 16, copies: 0 },
  squeezenet1_1: { kernels: 30, copies: 0 },
  googlenet: { kernels: 72, copies: 0 },
  resnet18: { kernels: 23, copies: 0 },
  resnet50: { kernels: 56, copies: 0 },
  mobilenet_v2: { kernels: 54, copies: 0 },
  mobilenet_v3_small: { kernels: 72, copies: 0 },
  // The half of the channels that passes by each of 13 shuffles moves to every second channel.
  shufflenet_v2_x1_0: { kernels: 59, copies: 13 },
  efficientnet_b0: { kernels: 115, copies: 0 },
  densenet121: { kernels: 187, copies: 0 },
  unet: { kernels: 27, copies: 0 },
  m5: { kernels: 11, copies: 0 },
  r3d_18: { kernels: 22, copies: 0 },
};

/** Bytes that the arenas of full networks may take, without what is made at load. */
const arenas: Readonly<Record<string, number>> = { resnet18: 4_700_000, mobilenet_v2: 6_900_000 };

/** Networks whose concats have room kept for parts that come after the arena is fullest. */
const WAITING: readonly string[] = ["densenet121", "unet"];

const ACTIVATIONS = ["relu", "clip", "silu", "sigmoid", "hardSwish", "hardSigmoid"];

const cases = networks.map((network) => [network.name, network] as const);

describe.each(TARGET_NAMES)("full networks on %s", (target) => {
  it.each(cases)("%s", (name, network) => {
    // Strips join kernels that are chosen by the sizes of maps; phases before the last cover no node.
    const { program } = planModel(network.create(), { target, disable: ["fuse-strips"] });
    const compute = program.kernels.filter(
      ({ role, atLoad, covers }) => role === "compute" && atLoad !== true && covers.length > 0,
    );
    const copies = program.kernels.filter(
      ({ role, covers }) => role === "copy" && covers.length > 0,
    );
    expect({ kernels: compute.length, copies: copies.length }).toEqual(outcomes[name]);
    const alone = compute.filter((kernel) =>
      kernel.name.split("_").every((part) => ACTIVATIONS.includes(part) || /^\d+$/.test(part)),
    );
    expect(alone.map((kernel) => kernel.name)).toEqual([]);
    expect(program.arenaBytes).toBeLessThanOrEqual(1.01 * arenaLowerBound(program));
    const { bytes, fullestIn: _, buffers, ...parts } = arenaUse(program);
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(bytes);
    expect(buffers.reduce((sum, buffer) => sum + buffer.bytes, parts.gaps)).toBe(bytes);
    expect(parts.waiting > 0).toBe(WAITING.includes(name));
    const most = arenas[name];
    if (most === undefined) return;
    const direct = planModel(network.create(), { target, winograd: "off" }).program;
    expect(direct.arenaBytes).toBeLessThan(most);
  });
});

function noise(graph: Graph, seed: number): Map<string, Tensor> {
  return new Map(
    graph.inputs.map(({ name, type }) => {
      let state = seed;
      const values = Array.from({ length: elementCount(type.dims) }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return 2 * ((state >>> 8) / 2 ** 23 - 1);
      });
      return [name, tensor("f32", type.dims, values)];
    }),
  );
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - b[i]!);
}

/**
 * Largest difference over rms. A deep network of random filters amplifies the last bits that layers round
 * off, as it amplifies every difference between inputs.
 */
const TOLERANCE = 2e-5;
const tolerances: Readonly<Record<string, number>> = {
  resnet50: 3e-4,
  unet: 5e-5,
  googlenet: 5e-5,
};

/** WebAssembly rounds sums at every step, TypeScript once, at the end: so many times as much. */
const ROUNDED = 4;

/** Relaxed SIMD where this Node has it. */
const FASTEST = SIMDS.at(-1)!;

/** Without any of the passes over graphs. */
const PLAIN = { disable: passes.map(({ name }) => name) };

/** The first output on each of two inputs, which must matter. */
function outputsOf({ run }: Product, raw: Graph): readonly (readonly number[])[] {
  const output = raw.outputs[0]!.name;
  const outputs = [1, 2].map((seed) => Array.from(run(noise(raw, seed)).get(output)!.data, Number));
  const [got, moved] = outputs;
  expect(rootMeanSquare(differences(got!, moved!))).toBeGreaterThan(0.1 * rootMeanSquare(got!));
  return outputs;
}

/** Modules of one network against the first of them, which is TypeScript, as the last one is not. */
async function expectTwins(
  { name }: ExampleNetwork,
  raw: Graph,
  ways: readonly (() => Promise<Product>)[],
) {
  const texts = new Set<string>();
  let reference: readonly (readonly number[])[] | undefined;
  for (const [i, way] of ways.entries()) {
    const product = await way();
    texts.add(printProgram(product.result.program));
    const outputs = outputsOf(product, raw);
    reference ??= outputs;
    const tolerance = (tolerances[name] ?? TOLERANCE) * (i < ways.length - 1 ? 1 : ROUNDED);
    outputs.forEach((got, run) => {
      const want = reference![run]!;
      const worst = Math.max(...differences(want, got).map(Math.abs));
      expect(worst, `module ${i}, run ${run}`).toBeLessThan(tolerance * rootMeanSquare(want));
    });
  }
  expect(texts.size).toBe(ways.length);
}

describe("small networks", () => {
  it("are as the interpreter says", async () => {
    for (const name of ["lenet5", "mobilenet_v3_small", "shufflenet_v2_x1_0", "m5"]) {
      const network = networks.find((one) => one.name === name)!;
      const definition = network.create(network.small);
      const raw = inferShapes(definition, {});
      const product = await loadProduct(definition, "ts");
      const inputs = noise(raw, 3);
      const { name: output, value } = raw.outputs[0]!;
      const want = Array.from(evaluateGraph(raw, inputs).get(value)!.data, Number);
      const got = Array.from(product.run(inputs).get(output)!.data, Number);
      const worst = Math.max(...differences(want, got).map(Math.abs));
      expect(worst, name).toBeLessThan(TOLERANCE * rootMeanSquare(want));
    }
  }, 120_000);
});

/** Full width on a smaller input, where the full one is hundreds of millions of multiply-adds. */
const reduced: Readonly<Record<string, VideoOptions>> = {
  squeezenet1_1: { size: 112 },
  googlenet: { size: 96 },
  resnet18: { size: 64 },
  mobilenet_v2: { size: 64 },
  shufflenet_v2_x1_0: { size: 112 },
  efficientnet_b0: { size: 64 },
  resnet50: { size: 64 },
  densenet121: { size: 64 },
  unet: { size: 32 },
  r3d_18: { size: 16, frames: 4 },
};

/** Passes leave their programs as they were: nothing to normalise, and no 1×1 convolution. */
const UNCHANGED = ["lenet5", "alexnet", "vgg11"];

/** What passes do in these they do in others; TILEWRIGHT_FULL_SIZE=1 tries them, too. */
const ALIKE = ["googlenet", "resnet50", "efficientnet_b0", "mobilenet_v2", "squeezenet1_1"];

describe("wide networks are the same with passes and without", () => {
  const left = [...UNCHANGED, ...(process.env["TILEWRIGHT_FULL_SIZE"] === "1" ? [] : ALIKE)];
  const changed = cases.filter(([name]) => !left.includes(name));
  it.each(changed)(
    "%s",
    async (name, network) => {
      const definition = network.create(reduced[name] ?? {});
      await expectTwins(network, inferShapes(definition, {}), [
        () => loadProduct(definition, "ts", PLAIN),
        () => loadProduct(definition, "ts"),
        () => loadProduct(definition, FASTEST),
      ]);
    },
    300_000,
  );
});
