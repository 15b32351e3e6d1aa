/**
 * The text of a whole module: the kernels, `run`, which calls them in order, `load` for what runs once, and `hash`,
 * by which weights are checked. Its only import is one memory that never grows: [constants | arena], behind as much
 * room as displacements need; the last constants may lie where the arena begins.
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
  /** Of the constants so many, the last ones, lie where the arena begins. */
  readonly overlaidBytes?: number | undefined;
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
  /** Of 64 KiB, all there are ever. */
  readonly pages: number;
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
): ModuleText {
  const printed = input.functions.map(({ name, code }) => {
    const printed = printFunction(name, code, simd);
    budget?.spend("code", printed.text.length / TEXT_BY_CODE, { node: name });
    return { name, code, printed };
  });
  const byName = new Map(printed.map((one) => [one.name, one]));
  const calls = input.calls.map((call) => ({ ...call, to: byName.get(call.function)! }));
  const { constantBytes, overlaidBytes = 0 } = input;
  const arenaAt = (start: number): number =>
    start + roundUp(constantBytes - overlaidBytes, CACHE_LINE);
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
  const memory = {
    constantsStart: start,
    arenaStart: arenaAt(start),
    pages: Math.max(1, Math.ceil((arenaAt(start) + input.arenaBytes) / PAGE)),
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
    `(import "env" "memory" (memory ${memory.pages} ${memory.pages}))`,
    `(func (export "run")\n${texts(inRuns)})\n`,
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
