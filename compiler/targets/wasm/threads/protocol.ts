/**
 * How threads share a run, as functions of the module. Whoever is there takes pieces of the phase from a counter, and
 * waits until all of them are done; nobody waits for a thread that has not taken any. Counters carry the number of the
 * run, so that a thread that comes late, from the run before or in the middle of this one, does no harm.
 */
import { NAP_MS } from "../../../../runtime/control.js";
import { CONTROL, PHASE } from "./control.js";

/**
 * Looks at the number of the run before a thread sleeps: some tenths of a millisecond, in which results are read and the
 * next inputs written. A core that sleeps takes some tens of microseconds to wake, and a guest's kernel may take it for
 * one that its host has taken away, and wake the thread on the core of the one that wakes it.
 */
const RESTS = 400_000;
/**
 * The same of a thread that waits for the pieces of others in the middle of a run. It is patient where that has helped,
 * and sleeps soon where it has not: then others need the core that it looks on, perhaps the one that it waits for.
 */
const PATIENCE = { least: 20_000, most: 320_000 } as const;
/** Nanoseconds of sleep, between which a thread looks whether the run has failed. */
const NAP = 1e6 * NAP_MS;
/** Naps of a thread that waits until another one says that the run has failed. */
const FOR_EVER = 2 ** 31 - 1;
/** Looks of a thread that may not sleep, until it gives up: some ten seconds. */
const MOST_LOOKS = 10_000_000_000;

/** The functions over a control block at an address. */
export function protocolText(control: number): string {
  const at = (word: keyof typeof CONTROL): string => `(i32.const ${control + CONTROL[word]})`;
  return [PATIENT, claim(), finish(), wait(at("failed")), run(at), work(at)].join("\n");
}

/** Of this thread: each has an instance of the module. */
const PATIENT = `(global $thread.patience (mut i64) (i64.const ${PATIENCE.most}))
`;

/** Twice or half of it, within its bounds. */
function patience(
  change: "shl" | "shr_u",
  { bound, test }: { bound: number; test: string },
): string {
  return `(global.set $thread.patience
      (select
        (i64.${change} (global.get $thread.patience) (i64.const 1))
        (i64.const ${bound})
        (i64.${test} (global.get $thread.patience) (i64.const ${bound}))))`;
}

const MORE = patience("shl", { bound: PATIENCE.most, test: "lt_u" });
const LESS = patience("shr_u", { bound: PATIENCE.least, test: "gt_u" });

/**
 * The number of a piece that nobody else has; −1 where none is left, −2 where the run is over. Every other thread takes
 * them from the end: neighbours are for one thread, which has what they read in its cache, and need preparing once.
 */
function claim(): string {
  return `(func $thread.claim (param $phase i32) (param $thread i32) (param $epoch i32) (param $pieces i32) (result i32)
  (local $known i64) (local $run i32) (local $front i32) (local $back i32) (local $isBack i32)
  (local.set $isBack (i32.and (local.get $thread) (i32.const 1)))
  (loop $again
    (local.set $known (i64.atomic.load (local.get $phase)))
    (local.set $run (i32.wrap_i64 (i64.shr_u (local.get $known) (i64.const 32))))
    (if (i32.gt_s (i32.sub (local.get $run) (local.get $epoch)) (i32.const 0))
      (then (return (i32.const -2))))
    ;; What an earlier run has left there is nothing taken of this one.
    (if (i32.ne (local.get $run) (local.get $epoch))
      (then (local.set $front (i32.const 0)) (local.set $back (i32.const 0)))
      (else
        (local.set $front
          (i32.shr_u (i32.wrap_i64 (local.get $known)) (i32.const 16)))
        (local.set $back
          (i32.and (i32.wrap_i64 (local.get $known)) (i32.const 65535)))))
    (if
      (i32.ge_u (i32.add (local.get $front) (local.get $back)) (local.get $pieces))
      (then (return (i32.const -1))))
    (br_if $again
      (i64.ne
        (local.get $known)
        (i64.atomic.rmw.cmpxchg
          (local.get $phase)
          (local.get $known)
          (i64.or
            (i64.shl (i64.extend_i32_u (local.get $epoch)) (i64.const 32))
            (i64.extend_i32_u
              (i32.add
                (i32.or
                  (i32.shl (local.get $front) (i32.const 16))
                  (local.get $back))
                (select (i32.const 1) (i32.const 65536) (local.get $isBack)))))))))
  (select
    (i32.sub (i32.sub (local.get $pieces) (i32.const 1)) (local.get $back))
    (local.get $front)
    (local.get $isBack)))
`;
}

/** One piece more is done; with the last of them whoever sleeps wakes. */
function finish(): string {
  return `(func $thread.finish (param $phase i32) (param $target i32)
  (if
    (i32.eq
      (i32.add
        (i32.atomic.rmw.add offset=${PHASE.done} (local.get $phase) (i32.const 1))
        (i32.const 1))
      (local.get $target))
    (then
      (if (i32.atomic.load offset=${PHASE.waiting} (local.get $phase))
        (then
          (drop
            (memory.atomic.notify offset=${PHASE.done} (local.get $phase) (i32.const -1))))))))
`;
}

/**
 * Until so many pieces are done in all: 0. Where the run has failed, or nothing is done for so many naps, another number
 * for each phase and what is done of it. A thread may do without sleep, by no naps.
 */
function wait(failed: string): string {
  return `(func $thread.wait (param $phase i32) (param $target i32) (param $naps i32) (result i32)
  (local $done i32) (local $before i32) (local $slept i32) (local $looks i64)
  (loop $look
    (local.set $done (i32.atomic.load offset=${PHASE.done} (local.get $phase)))
    (if
      (i32.ge_s (i32.sub (local.get $done) (local.get $target)) (i32.const 0))
      (then
        (if (i64.ne (local.get $looks) (i64.const 0)) (then ${MORE}))
        (return (i32.const 0))))
    (local.set $looks (i64.add (local.get $looks) (i64.const 1)))
    (br_if $look (i64.lt_u (local.get $looks) (global.get $thread.patience)))
    (br_if $look
      (i32.and
        (i32.eqz (i32.or (local.get $naps) (i32.atomic.load ${failed})))
        (i64.lt_u (local.get $looks) (i64.const ${MOST_LOOKS})))))
  ${LESS}
  (drop (i32.atomic.rmw.add offset=${PHASE.waiting} (local.get $phase) (i32.const 1)))
  (block $over
    (loop $nap
      (local.set $done (i32.atomic.load offset=${PHASE.done} (local.get $phase)))
      (br_if $over
        (i32.ge_s (i32.sub (local.get $done) (local.get $target)) (i32.const 0)))
      (if (i32.ne (local.get $done) (local.get $before))
        (then (local.set $slept (i32.const 0))))
      (local.set $before (local.get $done))
      (br_if $over
        (i32.or
          (i32.ge_s (local.get $slept) (local.get $naps))
          (i32.atomic.load ${failed})))
      (local.set $slept (i32.add (local.get $slept) (i32.const 1)))
      (drop
        (memory.atomic.wait32 offset=${PHASE.done}
          (local.get $phase)
          (local.get $done)
          (i64.const ${NAP})))
      (br $nap)))
  (drop (i32.atomic.rmw.sub offset=${PHASE.waiting} (local.get $phase) (i32.const 1)))
  (if (result i32)
    (i32.and
      (i32.ge_s (i32.sub (local.get $done) (local.get $target)) (i32.const 0))
      (i32.eqz (i32.atomic.load ${failed})))
    (then (i32.const 0))
    (else
      ;; Odd, and so never 0.
      (i32.add
        (local.get $phase)
        (i32.or (i32.shl (local.get $done) (i32.const 1)) (i32.const 1))))))
`;
}

/**
 * What thread 0 does in a run, or, once it has given up waiting, again: what is done is not done twice. 0 where the run is
 * over, else where it stands.
 */
function run(at: (word: keyof typeof CONTROL) => string): string {
  return `(func (export "run") (param $naps i32) (param $again i32) (result i32)
  (if (i32.eqz (local.get $again))
    (then
      (drop (i32.atomic.rmw.add ${at("epoch")} (i32.const 1)))
      (if (i32.atomic.load ${at("parked")})
        (then (drop (memory.atomic.notify ${at("epoch")} (i32.const -1)))))))
  (call $thread.walk
    (i32.const 0)
    (i32.atomic.load ${at("epoch")})
    (local.get $naps)))
`;
}

/** What every other thread does until it is told to stop. */
function work(at: (word: keyof typeof CONTROL) => string): string {
  return `(func (export "work") (param $thread i32)
  (local $known i32) (local $epoch i32) (local $looks i32)
  (loop $next
    (if (i32.atomic.load ${at("stop")}) (then (return)))
    (local.set $epoch (i32.atomic.load ${at("epoch")}))
    (if (i32.ne (local.get $epoch) (local.get $known))
      (then
        (local.set $known (local.get $epoch))
        (local.set $looks (i32.const 0))
        (if (i32.lt_u (local.get $thread) (i32.atomic.load ${at("invited")}))
          (then
            (drop
              (call $thread.walk
                (local.get $thread)
                (local.get $epoch)
                (i32.const ${FOR_EVER})))))
        (br $next)))
    (local.set $looks (i32.add (local.get $looks) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $looks) (i32.const ${RESTS})))
    (drop (i32.atomic.rmw.add ${at("parked")} (i32.const 1)))
    (drop
      (memory.atomic.wait32 ${at("epoch")} (local.get $known) (i64.const -1)))
    (drop (i32.atomic.rmw.sub ${at("parked")} (i32.const 1)))
    ;; A run is near: perhaps its inputs are being written.
    (local.set $looks (i32.const 0))
    (br $next)))
`;
}
