/** Measures what this engine can multiply and add at most: the yardstick of a kernel. */
import { hasRelaxedSimd } from "../../../runtime/wasm.js";
import { loadAssembler } from "./assemble.js";

const CHANNELS = 128;
const PASSES = 1000;
const SAMPLES = 30;
/** Steps of the reduction in one iteration. */
const STEPS = 4;

/**
 * GFLOP/s of a tile of pixels by eight channels over 128 input channels, all of it in the first-level cache: six
 * pixels with fused multiply-add, four without, where products take registers. The best of many short samples.
 */
export async function measurePeak(now: () => number): Promise<number> {
  const relaxed = hasRelaxedSimd();
  const pixels = relaxed ? 6 : 4;
  const assemble = await loadAssembler();
  const module = new WebAssembly.Module(Uint8Array.from(assemble(tileText(pixels, relaxed))));
  const run = new WebAssembly.Instance(module).exports["run"] as () => void;
  let least = Infinity;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = now();
    run();
    least = Math.min(least, now() - start);
  }
  return (2 * PASSES * CHANNELS * pixels * 8) / least / 1e6;
}

/** Input from 0 on, weights from 16 KiB, results from 32 KiB: each of them smaller than that. */
function tileText(pixels: number, relaxed: boolean): string {
  const tile = Array.from({ length: 2 * pixels }, (_, i) => `$a${i}`);
  const step = (k: number): string =>
    [
      ...[0, 1].map(
        (j) => `(local.set $b${j} (v128.load offset=${16 * (2 * k + j)} (local.get $w)))`,
      ),
      ...tile.map((sum, i) => {
        const pixel = 4 * ((i >> 1) * CHANNELS + k);
        const splat = `(local.set $s (v128.load32_splat offset=${pixel} (local.get $x)))`;
        const factors = `(local.get $s) (local.get $b${i & 1})`;
        const next = relaxed
          ? `(f32x4.relaxed_madd ${factors} (local.get ${sum}))`
          : `(f32x4.add (local.get ${sum}) (f32x4.mul ${factors}))`;
        return `${i % 2 === 0 ? splat : ""} (local.set ${sum} ${next})`;
      }),
    ].join("\n");
  const add = (name: string, by: number): string =>
    `(local.set ${name} (i32.add (local.get ${name}) (i32.const ${by})))`;
  const store = (sum: string, i: number): string =>
    `(v128.store offset=${32768 + 16 * i} (i32.const 0) (local.get ${sum}))`;
  // Older compilers move unrolled code about: V8 11.3 has more of it from a loop of single steps.
  const steps = relaxed ? STEPS : 1;
  return `(module (memory 1) (func (export "run")
    (local $n i32) (local $x i32) (local $w i32) (local $s v128) (local $b0 v128) (local $b1 v128)
    ${tile.map((sum) => `(local ${sum} v128)`).join(" ")}
    (loop $pass (local.set $x (i32.const 0)) (local.set $w (i32.const 16384))
      (loop $k ${Array.from({ length: steps }, (_, k) => step(k)).join("\n")}
        ${add("$w", 32 * steps)} ${add("$x", 4 * steps)}
        (br_if $k (i32.lt_u (local.get $x) (i32.const ${4 * CHANNELS}))))
      ${add("$n", 1)} (br_if $pass (i32.lt_u (local.get $n) (i32.const ${PASSES}))))
    ${tile.map(store).join(" ")}))`;
}
