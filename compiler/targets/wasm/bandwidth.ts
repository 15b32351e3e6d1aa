/** Measures how fast this engine reads memory: the yardstick of a kernel that reads each of its weights once. */
import { loadAssembler } from "./assemble.js";

/** More than any cache holds. */
const PAGES = 2048;
const SAMPLES = 8;
const VECTORS = 8;

/** GB/s (10⁹ bytes) of reading 128 MiB in the order of addresses; the best of a few samples. */
export async function measureBandwidth(now: () => number): Promise<number> {
  const assemble = await loadAssembler();
  const module = new WebAssembly.Module(Uint8Array.from(assemble(TEXT)));
  const { fill, read } = new WebAssembly.Instance(module).exports as Record<string, () => void>;
  // Pages that nobody has written are all the same one, and stay in the first-level cache.
  fill!();
  let least = Infinity;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = now();
    read!();
    least = Math.min(least, now() - start);
  }
  return (PAGES * 65536) / least / 1e6;
}

const vectors = Array.from({ length: VECTORS }, (_, i) => i);
const load = (i: number): string =>
  `(local.set $v${i} (f32x4.add (local.get $v${i}) (v128.load offset=${16 * i} (local.get $p))))`;

/** Ends in a store, without which nothing would have to be read. */
const TEXT = `(module (memory ${PAGES})
  (func (export "fill")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const ${PAGES * 65536})))
  (func (export "read") (local $p i32) ${vectors.map((i) => `(local $v${i} v128)`).join(" ")}
    (loop $next ${vectors.map(load).join("\n")}
      (local.set $p (i32.add (local.get $p) (i32.const ${16 * VECTORS})))
      (br_if $next (i32.lt_u (local.get $p) (i32.const ${PAGES * 65536}))))
    ${vectors.map((i) => `(v128.store offset=${16 * i} (i32.const 0) (local.get $v${i}))`).join(" ")}))`;
