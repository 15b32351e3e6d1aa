/**
 * A small module of several threads, written by hand: each of 64 pieces copies a word plus one, so that what is wrong
 * with workers, and not with kernels, shows. Threads can be told to be slow, to trap and to hang in the middle.
 */
import wabt from "wabt";
import type { ThreadsPart } from "../../runtime/index.js";

const CONTROL = 1024;
/** Words of its own in the control block. */
const [PARKED, COUNTER, DONE, FAULT, WHERE] = [16, 80, 96, 112, 128] as const;

/** A worker that takes a piece, and ends. */
export const LOST_WORKER = `
const { parentPort } = require("node:worker_threads");
parentPort.onmessage = ({ data: { memory, control } }) => {
  parentPort.postMessage("ready");
  const words = new Int32Array(memory.buffer, control);
  for (;;) {
    const taken = Atomics.load(words, ${COUNTER});
    if (taken === 0 || (taken & 255) >= 64) continue;
    if (Atomics.compareExchange(words, ${COUNTER}, taken, taken + 1) === taken) process.exit();
  }
};
`;

export const PART: ThreadsPart = { pages: 1, morePages: 1, control: CONTROL };
export const PIECES = 64;
/** Of inputs and outputs, in words. */
export const [INPUT, OUTPUT] = [2048, 4096] as const;

/** Shorter than others', so that tests need not wait for long. */
const NAP_MS = 4;

export const FAULTS = { slow: 1, trap: 2, hang: 3 } as const;

const at = (word: number): string => `(i32.const ${CONTROL + 4 * word})`;
const load = (word: number): string => `(i32.atomic.load ${at(word)})`;

/** A counter says in its low byte which piece is next, and above it of which epoch. */
const TEXT = `(module
(import "env" "memory" (memory 1 64 shared))
(func $fault (param $thread i32) (local $i i32)
  (if (i32.ne ${load(WHERE)} (local.get $thread)) (then (return)))
  (if (i32.eq ${load(FAULT)} (i32.const ${FAULTS.trap})) (then unreachable))
  (loop $on (br_if $on (i32.eq ${load(FAULT)} (i32.const ${FAULTS.hang}))))
  (if (i32.eq ${load(FAULT)} (i32.const ${FAULTS.slow})) (then
    (loop $on
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $on (i32.lt_u (local.get $i) (i32.const 100000)))))))
(func $pieces (param $thread i32) (param $epoch i32) (local $c i32) (local $i i32)
  (loop $next
    (local.set $c ${load(COUNTER)})
    (if (i32.ne (i32.shr_u (local.get $c) (i32.const 8)) (local.get $epoch)) (then (return)))
    (local.set $i (i32.and (local.get $c) (i32.const 255)))
    (if (i32.ge_u (local.get $i) (i32.const ${PIECES})) (then (return)))
    (br_if $next (i32.ne (local.get $c)
      (i32.atomic.rmw.cmpxchg ${at(COUNTER)} (local.get $c) (i32.add (local.get $c) (i32.const 1)))))
    (call $fault (local.get $thread))
    (local.set $i (i32.shl (local.get $i) (i32.const 2)))
    (i32.store offset=${4 * OUTPUT} (local.get $i)
      (i32.add (i32.load offset=${4 * INPUT} (local.get $i)) (i32.const 1)))
    (drop (i32.atomic.rmw.add ${at(DONE)} (i32.const 1)))
    (drop (memory.atomic.notify ${at(DONE)} (i32.const 1)))
    (br $next)))
(func (export "run") (param $naps i32) (param $again i32) (result i32)
  (local $epoch i32) (local $done i32) (local $spun i32)
  (local.set $epoch (i32.and (i32.add ${load(0)} (i32.eqz (local.get $again))) (i32.const 0xffffff)))
  (if (i32.eqz (local.get $again)) (then
    (i32.atomic.store ${at(DONE)} (i32.const 0))
    (i32.atomic.store ${at(COUNTER)} (i32.shl (local.get $epoch) (i32.const 8)))
    (i32.atomic.store ${at(0)} (local.get $epoch))
    (if ${load(PARKED)} (then (drop (memory.atomic.notify ${at(0)} (i32.const -1)))))))
  (call $pieces (i32.const 0) (local.get $epoch))
  (loop $wait
    (local.set $done ${load(DONE)})
    (if (i32.eq (local.get $done) (i32.const ${PIECES})) (then (return (i32.const 0))))
    (if ${load(48)} (then (return (i32.const 1))))
    (local.set $spun (i32.add (local.get $spun) (i32.const 1)))
    (if (i32.and (i32.ne (local.get $naps) (i32.const 0)) (i32.gt_u (local.get $spun) (i32.const 1000)))
      (then
        (if (i32.eq (i32.const 2)
          (memory.atomic.wait32 ${at(DONE)} (local.get $done) (i64.const ${1e6 * NAP_MS})))
          (then (return (i32.add (local.get $done) (i32.const 1)))))))
    (br $wait))
  (unreachable))
(func (export "work") (param $thread i32) (local $epoch i32) (local $seen i32)
  (loop $next
    (if (i32.or ${load(32)} ${load(48)}) (then (return)))
    (local.set $epoch ${load(0)})
    (if (i32.and (i32.ne (local.get $epoch) (local.get $seen))
      (i32.lt_u (local.get $thread) ${load(64)}))
      (then
        (call $pieces (local.get $thread) (local.get $epoch))
        (local.set $seen (local.get $epoch)))
      (else
        (drop (i32.atomic.rmw.add ${at(PARKED)} (i32.const 1)))
        (drop (memory.atomic.wait32 ${at(0)} (local.get $epoch) (i64.const -1)))
        (drop (i32.atomic.rmw.sub ${at(PARKED)} (i32.const 1)))))
    (br $next)))
)
`;

const FEATURES = { threads: true, mutable_globals: true, bulk_memory: true };

/** Compiled. */
export async function threadedModule(): Promise<WebAssembly.Module> {
  const { parseWat } = await wabt();
  const module = parseWat("threaded.wat", TEXT, FEATURES);
  module.resolveNames();
  (module as { validate(features: typeof FEATURES): void }).validate(FEATURES);
  return new WebAssembly.Module(module.toBinary({}).buffer.slice());
}

/** From now on a thread has a fault in each of its pieces; none where there is no thread. */
export function setFault(
  memory: { readonly buffer: ArrayBufferLike },
  fault: keyof typeof FAULTS,
  thread: number,
): void {
  const words = new Int32Array(memory.buffer, CONTROL);
  Atomics.store(words, WHERE, thread);
  Atomics.store(words, FAULT, FAULTS[fault]);
}
