/** Where arena, constants and what threads share lie in the one memory of a module. */
import { fail } from "../../base/error.js";
import type { KernelFunction } from "../../loop/stmt.js";
import { bytesOf } from "../../loop/storage.js";
import { constantsOffset } from "../../program/memory/lifetimes.js";
import { stepsOf } from "../../program/lowered.js";
import type { Call, ModuleInput } from "./moduleInput.js";
import { controlBytes } from "./threads/control.js";

/** Where things lie in the memory, in bytes. */
export interface MemoryLayout {
  readonly arenaStart: number;
  readonly constantsStart: number;
  /** Of 64 KiB, all there are ever. */
  readonly pages: number;
  /** Of a module for threads: where they find each other, and the pages that each one beyond the first adds. */
  readonly threads?: { readonly control: number; readonly scratchPages: number };
}

export const PAGE = 65536;
/** Of a memory with addresses of 32 bits. */
export const MOST_PAGES = 65536;
const CACHE_LINE = 64;

/** A function, and the bytes that must lie below each address that it is called with. */
interface Called {
  readonly code: KernelFunction;
  readonly roomBelow: readonly number[];
}

/** Throws CompileError `too-large`. `least`: the first address that the arena may have. */
export function layOutMemory(
  input: ModuleInput,
  least: number,
  to: (call: Call) => Called,
): MemoryLayout {
  const { calls, phases, constantBytes } = input;
  const startsAt = (arenaStart: number) => ({
    arenaStart,
    constantsStart: arenaStart + roundUp(constantsOffset(input), CACHE_LINE),
  });
  const lowest = startsAt(0);
  const missing = calls.flatMap((call) => {
    const { code, roomBelow } = to(call);
    return addressesOf(call, code, lowest).map((address, i) => roomBelow[i]! - address);
  });
  const first = missing.reduce((most, one) => Math.max(most, one), least);
  const starts = startsAt(roundUp(first, CACHE_LINE));
  const end = starts.constantsStart + roundUp(constantBytes, CACHE_LINE);
  const bytes = phases === undefined ? end : end + controlBytes(stepsOf(phases, calls).length);
  const pages = Math.max(1, Math.ceil(bytes / PAGE));
  if (pages > MOST_PAGES)
    fail("too-large", `the model takes ${pages} pages of 64 KiB: the most are ${MOST_PAGES}`, {
      hint: "make the batch or the input smaller",
    });
  const threads = phases && { control: end, scratchPages: scratchPages(calls) };
  return { ...starts, pages, ...(threads && { threads }) };
}

/** The addresses that a call passes, in bytes. */
export function addressesOf(
  call: Call,
  { parameters }: KernelFunction,
  { arenaStart, constantsStart }: Pick<MemoryLayout, "arenaStart" | "constantsStart">,
): readonly number[] {
  return call.arguments.map((element, i) => {
    const { space, dtype } = parameters[i]!;
    return (space === "constants" ? constantsStart : arenaStart) + element * bytesOf(dtype);
  });
}

/** Pages that hold the scratch memory of any call. */
function scratchPages(calls: readonly Call[]): number {
  return Math.ceil(Math.max(0, ...calls.map(({ scratchBytes = 0 }) => scratchBytes)) / PAGE);
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
