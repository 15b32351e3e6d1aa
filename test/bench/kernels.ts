/** Times every kernel of an example network by itself, as WebAssembly in this engine, beside the peak of a 6×8 tile in the first-level cache. */
import { setFlagsFromString } from "node:v8";
import { planModel } from "../../compiler/compile.js";
import type { Kernel } from "../../compiler/kernel/ir.js";
import { lowerProgram } from "../../compiler/program/lowerProgram.js";
import { packConstants } from "../../compiler/program/pack.js";
import { loadAssembler } from "../../compiler/targets/wasm/assemble.js";
import { printModule } from "../../compiler/targets/wasm/module.js";
import { networks } from "../../examples/index.js";

type Run = (...addresses: number[]) => void;

const assemble = await loadAssembler();
// Optimised code from the first call on.
setFlagsFromString("--no-liftoff");

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

/** GFLOP/s of six pixels by eight channels over 128 input channels, four steps at a time. */
function peak(): number {
  const [pixels, channels, passes] = [6, 128, 1000];
  const tile = Array.from({ length: 2 * pixels }, (_, i) => `$a${i}`);
  const step = (k: number): string =>
    [
      ...[0, 1].map(
        (j) => `(local.set $b${j} (v128.load offset=${16 * (2 * k + j)} (local.get $w)))`,
      ),
      ...tile.map((acc, i) => {
        const splat = `(local.set $s (v128.load32_splat offset=${4 * ((i >> 1) * channels + k)} (local.get $x)))`;
        const sum = `(f32x4.relaxed_madd (local.get $s) (local.get $b${i & 1}) (local.get ${acc}))`;
        return `${i % 2 === 0 ? splat : ""} (local.set ${acc} ${sum})`;
      }),
    ].join("\n");
  const add = (name: string, by: number): string =>
    `(local.set ${name} (i32.add (local.get ${name}) (i32.const ${by})))`;
  const run = start(`(module (memory 1) (func (export "run")
    (local $n i32) (local $x i32) (local $w i32) (local $s v128) (local $b0 v128) (local $b1 v128)
    ${tile.map((acc) => `(local ${acc} v128)`).join(" ")}
    (loop $pass (local.set $x (i32.const 0)) (local.set $w (i32.const 16384))
      (loop $k ${[0, 1, 2, 3].map(step).join("\n")} ${add("$w", 128)} ${add("$x", 16)}
        (br_if $k (i32.lt_u (local.get $x) (i32.const ${4 * channels}))))
      ${add("$n", 1)} (br_if $pass (i32.lt_u (local.get $n) (i32.const ${passes}))))
    ${tile.map((acc, i) => `(v128.store offset=${32768 + 16 * i} (i32.const 0) (local.get ${acc}))`).join(" ")}))`);
  return (2 * passes * channels * pixels * 8) / best(run["run"]!, 20) / 1e6;
}

function operations({ computes, shared }: Kernel): number {
  const size = (axes: readonly { readonly extent: number }[]): number =>
    axes.reduce((product, { extent }) => product * extent, 1);
  const one = computes
    .filter(({ reduce }) => reduce.length > 0)
    .reduce((sum, { axes, reduce }) => sum + size([...axes, ...reduce]), 0);
  return 2 * one * size(shared);
}

const [name = "resnet50", samples = "20"] = process.argv.slice(2);
const network = networks.find((one) => one.name === name);
if (network === undefined) throw new Error(`one of ${networks.map((one) => one.name).join(", ")}`);
const { program } = planModel(network.create(), { target: "wasm" });
const lowered = lowerProgram(program);
const constants = packConstants(program);
const sizes = { constantBytes: constants.length, arenaBytes: program.arenaBytes ?? 0 };
const {
  text,
  memory: layout,
  calls,
} = printModule({ ...lowered, ...sizes }, "relaxed", {
  exportKernels: true,
});
const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
new Uint8Array(memory.buffer).set(constants, layout.constantsStart);
new Float32Array(memory.buffer, layout.arenaStart).forEach((_, i, all) => (all[i] = Math.sin(i)));
const functions = start(text, memory);
functions["run"]!();
const limit = peak();
console.log(`${process.version}, peak ${limit.toFixed(1)} GFLOP/s`);
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
