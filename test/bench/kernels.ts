/** Times every kernel of an example network by itself, as WebAssembly in this engine, beside the peak of a 6×8 tile in the first-level cache. */
import { execArgv } from "node:process";
import { planModel } from "../../compiler/compile.js";
import type { Kernel } from "../../compiler/compute/ir.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { packConstants } from "../../compiler/program/pack.js";
import { loadAssembler } from "../../compiler/targets/wasm/assemble.js";
import { measureLimits } from "../../compiler/targets/wasm/limits.js";
import { printKernels } from "../support/simd.js";
import { networks } from "../../examples/index.js";

type Run = (...addresses: number[]) => void;

const assemble = await loadAssembler();
// Optimised code from the first call on.
if (!execArgv.includes("--no-liftoff")) throw new Error("start it with node --no-liftoff");

function start(text: string, memory?: WebAssembly.Memory): Readonly<Record<string, Run>> {
  const module = new WebAssembly.Module(Uint8Array.from(assemble(text)));
  const imports = memory === undefined ? {} : { env: { memory } };
  return new WebAssembly.Instance(module, imports).exports as Record<string, Run>;
}

/** The least milliseconds of a call, of many short samples. */
function best(run: () => void, samples: number): number {
  const once = (calls: number): number => {
    const begin = performance.now();
    for (let call = 0; call < calls; call++) run();
    return (performance.now() - begin) / calls;
  };
  const calls = Math.max(1, Math.min(500, Math.ceil(1.5 / once(1))));
  return Math.min(...Array.from({ length: samples }, () => once(calls)));
}

function operations({ computes, outer }: Kernel): number {
  const size = (axes: readonly { readonly extent: number }[]): number =>
    axes.reduce((product, { extent }) => product * extent, 1);
  const one = computes
    .filter(({ reduce }) => reduce.length > 0)
    .reduce((sum, { axes, reduce }) => sum + size([...axes, ...reduce]), 0);
  return 2 * one * size(outer);
}

const [name = "resnet50", samples = "20"] = process.argv.slice(2);
const network = networks.find((one) => one.name === name);
if (network === undefined) throw new Error(`one of ${networks.map((one) => one.name).join(", ")}`);
const { program } = planModel(network.create(), { target: "wasm" });
const lowered = lowerProgram(program);
const constants = packConstants(program);
const sizes = { constantBytes: constants.length, arenaBytes: program.arenaBytes ?? 0 };
const { text, memory: layout, calls } = printKernels({ ...lowered, ...sizes }, "relaxed");
const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
new Uint8Array(memory.buffer).set(constants, layout.constantsStart);
new Float32Array(memory.buffer, layout.arenaStart).forEach((_, i, all) => (all[i] = Math.sin(i)));
const functions = start(text, memory);
functions["run"]!();
const { peak: limit, bandwidth } = await measureLimits(() => performance.now());
console.log(
  `${process.version}, peak ${limit.toFixed(1)} GFLOP/s, memory read at ${bandwidth.toFixed(1)} GB/s`,
);
const summaries = new Map(lowered.functions.map(({ name: of, code }) => [of, code.summary]));
let total = 0;
calls.forEach((call, i) => {
  const ms = best(() => functions[call.function]!(...call.arguments), Number(samples));
  total += ms;
  const rate = operations(program.kernels[i]!.kernel) / ms / 1e6;
  const share = `${((100 * rate) / limit).toFixed(0)} %`;
  const columns = [ms.toFixed(3).padStart(8), rate.toFixed(1).padStart(6), share.padStart(6)];
  console.log(`${columns.join(" ")}  ${call.function}: ${summaries.get(call.function)!}`);
});
const whole = best(() => functions["run"]!(), Number(samples));
console.log(`all kernels ${total.toFixed(2)} ms, one run ${whole.toFixed(2)} ms`);
