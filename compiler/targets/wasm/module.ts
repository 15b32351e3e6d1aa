/**
 * The text of a whole module: the kernels, `run`, which calls them in order, `load` for what runs once, and `hash`,
 * by which weights are checked. Its only import is one memory that never grows: [constants | arena], behind as much
 * room as displacements need.
 */
import type { Budget } from "../../base/budget.js";
import { fail } from "../../base/error.js";
import { conditionalCalls } from "../../emit/conditions.js";
import type { KernelFunction } from "../../loop/stmt.js";
import { bytesOf } from "../../loop/storage.js";
import { HASH_TEXT } from "./hash.js";
import { HELPER_TEXT, HELPERS, NEEDS, type Helper } from "./helpers.js";
import { printFunction } from "./print.js";
import type { Condition } from "../../program/lowered.js";
import type { Simd } from "./simd.js";
import { i32, layOut } from "./text.js";

/** What a module is made of, with addresses in elements of their space. */
export interface ModuleInput {
  readonly functions: readonly { readonly name: string; readonly code: KernelFunction }[];
  readonly calls: readonly Call[];
  readonly constantBytes: number;
  readonly arenaBytes: number;
}

interface Call {
  readonly function: string;
  readonly arguments: readonly number[];
  /** Once, in a memory that has its constants. */
  readonly atLoad?: true;
  readonly when?: readonly Condition[];
}

/** Where things lie in the memory, in bytes. */
export interface MemoryLayout {
  readonly constantsStart: number;
  readonly arenaStart: number;
  /** Of 64 KiB, all there are ever; for one thread. */
  readonly pages: number;
  /** Of modules of several threads. */
  readonly threads?: {
    /** Where the control block begins. */
    readonly control: number;
    /** For each further thread. */
    readonly scratchPages: number;
  };
}

export interface ModuleText {
  readonly text: string;
  readonly memory: MemoryLayout;
}

const PAGE = 65536;
/** Of a memory with addresses of 32 bits. */
const MOST_PAGES = 65536;
const CACHE_LINE = 64;

/** WebAssembly as text is about so many times as long as loops in TypeScript are. */
const TEXT_BY_CODE = 8;

/** Throws CompileError `too-large` or `over-budget`. `least`: the first address that constants may have, where another module has the same memory. */
export function printModule(
  input: ModuleInput,
  simd: Simd,
  least = 0,
  budget?: Budget,
  threads = false,
): ModuleText {
  const printed = input.functions.map(({ name, code }) => {
    const printed = printFunction(name, code, simd);
    budget?.spend("code", printed.text.length / TEXT_BY_CODE, { node: name });
    return { name, code, printed };
  });
  const byName = new Map(printed.map((one) => [one.name, one]));
  const calls = input.calls.map((call) => ({ ...call, to: byName.get(call.function)! }));
  const arenaAt = (start: number): number => start + roundUp(input.constantBytes, CACHE_LINE);
  const addresses = (call: (typeof calls)[number], start: number): number[] =>
    call.arguments.map((element, i) => {
      const { space, dtype } = call.to.code.parameters[i]!;
      return (space === "constants" ? start : arenaAt(start)) + element * bytesOf(dtype);
    });
  const missing = calls.flatMap((call) =>
    addresses(call, 0).map((address, i) => call.to.printed.roomBelow[i]! - address),
  );
  const start = roundUp(
    missing.reduce((most, one) => Math.max(most, one), least),
    CACHE_LINE,
  );
  const control = roundUp(arenaAt(start) + input.arenaBytes, CACHE_LINE);
  const memory: MemoryLayout = {
    constantsStart: start,
    arenaStart: arenaAt(start),
    pages: Math.max(1, Math.ceil((control + (threads ? 1024 : 0)) / PAGE)),
    ...(threads ? { threads: { control, scratchPages: 1 } } : {}),
  };
  if (memory.pages > MOST_PAGES)
    fail(
      "too-large",
      `the model takes ${memory.pages} pages of 64 KiB: the most are ${MOST_PAGES}`,
      {
        hint: "make the batch or the input smaller",
      },
    );
  const texts = (some: typeof calls): string =>
    conditionalCalls(
      some,
      (call) => layOut(["call", `$${call.function}`, ...addresses(call, start).map(i32)], 1),
      ({ element, is }, inner) => {
        const word = `(i32.load (i32.const ${memory.arenaStart + 4 * element}))`;
        return `(if ${is ? word : `(i32.eqz ${word})`} (then\n${inner.join("\n")}))`;
      },
    ).join("\n");
  const atLoad = calls.filter((call) => call.atLoad === true);
  const inRuns = calls.filter((call) => call.atLoad !== true);
  const parts = [
    "(module",
    threads
      ? `(import "env" "memory" (memory ${memory.pages} 65536 shared))`
      : `(import "env" "memory" (memory ${memory.pages} ${memory.pages}))`,
    threads
      ? `(func $whole\n${texts(inRuns)})\n${stub(control)}`
      : `(func (export "run")\n${texts(inRuns)})\n`,
    ...(atLoad.length === 0 ? [] : [`(func (export "load")\n${texts(atLoad)})\n`]),
    ...(input.constantBytes === 0 ? [] : [HASH_TEXT]),
    ...helperTexts(printed.flatMap((one) => one.printed.helpers)),
    ...printed.map((one) => one.printed.text),
    ")",
  ];
  return { text: `${parts.join("\n")}\n`, memory };
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

function helperTexts(used: readonly Helper[]): string[] {
  const needed = new Set(used.flatMap((helper) => [helper, ...NEEDS[helper]]));
  return HELPERS.filter((helper) => needed.has(helper)).map((helper) => `${HELPER_TEXT[helper]}\n`);
}

const stub = (control: number): string => {
  const at = (word: number): string => `(i32.const ${control + 4 * word})`;
  const load = (word: number): string => `(i32.atomic.load ${at(word)})`;
  return `
(func $take (param $epoch i32)
  (if (i32.eq (local.get $epoch) (i32.atomic.rmw.cmpxchg ${at(80)} (local.get $epoch) (i32.const 0))) (then
    (call $whole)
    (i32.atomic.store ${at(96)} (local.get $epoch))
    (drop (memory.atomic.notify ${at(96)} (i32.const 1))))))
(func (export "run") (param $mayWait i32) (local $epoch i32) (local $done i32) (local $spun i32)
  (local.set $epoch (i32.add ${load(0)} (i32.const 1)))
  (i32.atomic.store ${at(80)} (local.get $epoch))
  (i32.atomic.store ${at(0)} (local.get $epoch))
  (if ${load(16)} (then (drop (memory.atomic.notify ${at(0)} (i32.const -1)))))
  (loop $spin
    (local.set $spun (i32.add (local.get $spun) (i32.const 1)))
    (br_if $spin (i32.and (local.get $mayWait) (i32.lt_u (local.get $spun) (i32.const 1000)))))
  (call $take (local.get $epoch))
  (loop $wait
    (local.set $done ${load(96)})
    (if (i32.eq (local.get $done) (local.get $epoch)) (then (return)))
    (if ${load(48)} (then (return)))
    (if (local.get $mayWait) (then
      (if (i32.eq (i32.const 2)
        (memory.atomic.wait32 ${at(96)} (local.get $done) (i64.const 30000000000)))
        (then (i32.atomic.store ${at(48)} (i32.const 1)) (return)))))
    (br $wait)))
(func (export "work") (param $thread i32) (local $epoch i32) (local $seen i32)
  (loop $next
    (if (i32.or ${load(32)} ${load(48)}) (then (return)))
    (local.set $epoch ${load(0)})
    (if (i32.and (i32.ne (local.get $epoch) (local.get $seen))
      (i32.lt_u (local.get $thread) ${load(64)}))
      (then
        (call $take (local.get $epoch))
        (local.set $seen (local.get $epoch)))
      (else
        (drop (i32.atomic.rmw.add ${at(16)} (i32.const 1)))
        (drop (memory.atomic.wait32 ${at(0)} (local.get $epoch) (i64.const -1)))
        (drop (i32.atomic.rmw.sub ${at(16)} (i32.const 1)))))
    (br $next)))
`;
};
