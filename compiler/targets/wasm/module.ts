/**
 * The text of a whole module: the kernels, `run`, which calls them in order, `load` for what runs once, and `hash`,
 * by which weights are checked. Its only import is one memory that never grows: [arena | constants], behind as much
 * room as displacements need; the first constants may lie where the arena ends.
 */
import type { Budget } from "../../base/budget.js";
import { conditionalCalls } from "../../emit/conditions.js";
import { stagesOf } from "../../loop/stages.js";
import type { KernelFunction } from "../../loop/stmt.js";
import { HASH_TEXT } from "./hash.js";
import { HELPER_TEXT, HELPERS, NEEDS, type Helper } from "./helpers.js";
import { addressesOf, layOutMemory, MOST_PAGES, PAGE, type MemoryLayout } from "./memoryLayout.js";
import type { Call, ModuleInput } from "./moduleInput.js";
import { printFunction, type PrintedFunction } from "./print.js";
import { stepsOf, type Condition } from "../../program/lowered.js";
import { checkText } from "./bytes.js";
import { isDotSimd, type Simd } from "./simd.js";
import { i32, layOut, type Text } from "./text.js";
import { protocolText } from "./threads/protocol.js";
import { walkText, type SharedCall } from "./threads/walk.js";
import { warmTexts, type BusyFunction } from "./warm.js";

export interface ModuleText {
  readonly text: string;
  readonly memory: MemoryLayout;
}

/** WebAssembly as text is about so many times as long as loops in TypeScript are. */
const TEXT_BY_CODE = 8;

/** Throws CompileError `too-large` or `over-budget`. `least`: the first address that the arena may have, where another module has the same memory. */
export function printModule(
  input: ModuleInput,
  simd: Simd,
  least = 0,
  budget?: Budget,
): ModuleText {
  const printed = new Map(
    input.functions.map(({ name, code }) => {
      const printed = printFunction(name, code, simd);
      budget?.spend("code", printed.text.length / TEXT_BY_CODE, { node: name });
      return [name, { code, ...printed }];
    }),
  );
  const to = (call: Call): PrintedFunction & { readonly code: KernelFunction } =>
    printed.get(call.function)!;
  const memory = layOutMemory(input, least, (call) => to(call));
  const calls = input.calls.map((call): PrintedCall => {
    const { code } = to(call);
    return { ...call, code, addresses: addressesOf(call, code, memory) };
  });
  const functions = [...printed.values()];
  const atLoad = calls.filter((call) => call.atLoad === true);
  const loading = new Set(atLoad.map((call) => call.function));
  const inOrder = [...new Set(calls.map((call) => call.function))];
  const busyOf = (isAtLoad: boolean): readonly BusyFunction[] =>
    inOrder.flatMap((name) => (loading.has(name) === isAtLoad ? printed.get(name)!.busy : []));
  const most = memory.threads === undefined ? memory.pages : `${MOST_PAGES} shared`;
  const parts = [
    "(module",
    `(import "env" "memory" (memory ${memory.pages} ${most}))`,
    runText(calls, input.phases, memory),
    ...loadTexts(atLoad, memory),
    ...(isDotSimd(simd) ? [checkText(simd)] : []),
    ...(input.constantBytes === 0 ? [] : [HASH_TEXT]),
    ...warmTexts(busyOf(true), busyOf(false)),
    ...helperTexts(functions.flatMap(({ helpers }) => helpers)),
    ...functions.map(({ text }) => text),
    ")",
  ];
  return { text: `${parts.join("\n")}\n`, memory };
}

/**
 * `load(end)`: the kernels at load whose constants lie below an address, and which have not run yet. They run in their
 * order, each once in the life of an instance.
 */
function loadTexts(calls: readonly PrintedCall[], memory: MemoryLayout): readonly string[] {
  if (calls.length === 0) return [];
  const ends = runningMaximum(calls.map(({ constantBytes = 0 }) => constantBytes));
  const groups = [...new Set(ends)].map((end) => calls.filter((_, i) => ends[i] === end));
  const texts = groups.map((group, i) => {
    const end = memory.constantsStart + ends[calls.indexOf(group[0]!)]!;
    const isNext: Text = ["i32.eq", ["global.get", LOADED], i32(i)];
    const isThere: Text = ["i32.le_u", i32(end), ["local.get", "$end"]];
    const count = layOut(["global.set", LOADED, i32(i + 1)], 1);
    return `(if ${layOut(["i32.and", isNext, isThere])} (then\n${callTexts(group, memory)}\n${count}))`;
  });
  return [
    `(global ${LOADED} (mut i32) (i32.const 0))\n`,
    `(func (export "load") (param $end i32)\n${texts.join("\n")})\n`,
  ];
}

/** How many groups of kernels at load have run. */
const LOADED = "$loaded";

function runningMaximum(values: readonly number[]): readonly number[] {
  let most = -Infinity;
  return values.map((value) => (most = Math.max(most, value)));
}

/** A call with addresses in bytes. */
interface PrintedCall extends Call {
  readonly code: KernelFunction;
  readonly addresses: readonly number[];
}

/** All kernels of a run in order, or as threads share them. */
function runText(
  calls: readonly PrintedCall[],
  phases: ModuleInput["phases"],
  memory: MemoryLayout,
): string {
  if (phases === undefined || memory.threads === undefined) {
    const inRuns = calls.filter(({ atLoad }) => atLoad !== true);
    return `(func (export "run")\n${callTexts(inRuns, memory)})\n`;
  }
  const { control, scratchPages } = memory.threads;
  const shared = (call: PrintedCall, stage: number): SharedCall => ({
    ...call,
    tiles: call.code.tiles === undefined ? undefined : stagesOf(call.code)[stage],
    pieces: call.pieces?.[stage] ?? 1,
    scratch: call.scratch ?? [],
    guard: (text) =>
      (call.when ?? []).reduceRight<Text>(
        (inner, one) => ["if", testText(one, memory), ["then", inner]],
        text,
      ),
  });
  const inPhases = stepsOf(phases, calls).map((step) =>
    step.map(({ position, stage }) => shared(calls[position]!, stage)),
  );
  const scratch = { start: PAGE * memory.pages, bytes: PAGE * scratchPages };
  return `${protocolText(control)}${walkText(inPhases, control, scratch)}`;
}

/** One after the other, in one thread. */
function callTexts(calls: readonly PrintedCall[], memory: MemoryLayout): string {
  const print = ({ function: name, code, addresses }: PrintedCall): string => {
    const tiles = code.tiles === undefined ? [] : [0, code.tiles, -1];
    return layOut(["call", `$${name}`, ...[...addresses, ...tiles].map(i32)], 1);
  };
  return conditionalCalls(
    calls,
    print,
    (condition, inner) => `(if ${layOut(testText(condition, memory))} (then\n${inner.join("\n")}))`,
  ).join("\n");
}

function testText({ element, is }: Condition, { arenaStart }: MemoryLayout): Text {
  const word: Text = ["i32.load", i32(arenaStart + 4 * element)];
  return is ? word : ["i32.eqz", word];
}

function helperTexts(used: readonly Helper[]): string[] {
  const needed = new Set(used.flatMap((helper) => [helper, ...NEEDS[helper]]));
  return HELPERS.filter((helper) => needed.has(helper)).map((helper) => `${HELPER_TEXT[helper]}\n`);
}
