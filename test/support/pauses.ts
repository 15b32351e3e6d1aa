/**
 * Threads that pause at random wherever they meet: before and after they take a piece, before they say that it is done,
 * and behind the last of a phase. So any of them may be as slow, as late and as long away as an engine or an operating
 * system could make it; a seed decides of each thread how long it pauses, and where.
 */
import { CONTROL } from "../../runtime/control.js";

/** A word that nothing uses, between two that are used: seeds of threads are drawn from it. */
const SEEDS = 4 * (CONTROL.invited + 8);

/** Of 1024 pauses one sleeps, up to 4 ms; 15 compute some ten microseconds, and 240 less than one. */
const pauseText = (control: number, seed: number): string => `
(global $pause.state (mut i32) (i32.const 0))
(func $pause (local $count i32)
  (if (i32.eqz (global.get $pause.state)) (then
    (global.set $pause.state (i32.or (i32.const 1) (i32.add (i32.const ${seed})
      (i32.atomic.rmw.add (i32.const ${control + SEEDS}) (i32.const 0x9e3779b9)))))))
  ${["i32.shl|13", "i32.shr_u|17", "i32.shl|5"]
    .map((shift) => {
      const [op, bits] = shift.split("|");
      return `(global.set $pause.state (i32.xor (global.get $pause.state)
        (${op} (global.get $pause.state) (i32.const ${bits}))))`;
    })
    .join("\n")}
  (local.set $count (i32.shr_u (global.get $pause.state) (i32.const 16)))
  (if (i32.eqz (i32.and (global.get $pause.state) (i32.const 1023))) (then
    (drop (memory.atomic.wait32 (i32.const ${control + SEEDS + 4}) (i32.const 0)
      (i64.mul (i64.const 61) (i64.extend_i32_u (local.get $count)))))
    (return)))
  (if (i32.ge_u (i32.and (global.get $pause.state) (i32.const 1023)) (i32.const 256)) (then (return)))
  (if (i32.ge_u (i32.and (global.get $pause.state) (i32.const 1023)) (i32.const 16)) (then
    (local.set $count (i32.and (local.get $count) (i32.const 1023)))))
  (loop $burn
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br_if $burn (i32.gt_s (local.get $count) (i32.const 0)))))
(func $thread.claim (param $phase i32) (param $thread i32) (param $epoch i32) (param $pieces i32) (result i32)
  (call $pause)
  (call $steady.claim (local.get $phase) (local.get $thread) (local.get $epoch) (local.get $pieces))
  (call $pause))
(func $thread.finish (param $phase i32) (param $target i32)
  (call $pause)
  (call $steady.finish (local.get $phase) (local.get $target)))
(func $thread.wait (param $phase i32) (param $target i32) (param $mayWait i32) (result i32)
  (call $steady.wait (local.get $phase) (local.get $target) (local.get $mayWait))
  (call $pause))
`;

/** The text of a module of several threads, whose control block begins at a byte, with pauses. */
export function withPauses(text: string, control: number, seed: number): string {
  const steady = ["claim", "finish", "wait"].reduce((text, name) => {
    const before = `(func $thread.${name} `;
    if (!text.includes(before)) throw new Error(`there is no ${before} any more`);
    return text.replace(before, `(func $steady.${name} `);
  }, text);
  const end = steady.lastIndexOf(")");
  return `${steady.slice(0, end)}${pauseText(control, seed)})\n`;
}
