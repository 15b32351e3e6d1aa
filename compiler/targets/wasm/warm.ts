/**
 * `warm`: engines compile a function well only once it has run for a while, and until then the first run would go
 * through code that is five to seven times as slow. The bodies of long loops are functions (outline.ts), and a loop
 * counts by the length of its code even where all of it is skipped: so they are called, and skipped time and again, while
 * a model's weights arrive, and well compiled by other threads meanwhile; and so is what calls them, where it does much
 * itself.
 */
import type { WasmType } from "./scalar.js";
import { i32, layOut, type Text } from "./text.js";

/** A function in which much of a run is spent. */
export interface BusyFunction {
  readonly name: string;
  readonly parameters: readonly WasmType[];
  readonly text: string;
}

/** Bytes of machine code that V8 lets pass before it compiles a function well (`--wasm-tiering-budget`, 13.6). */
const BUDGET = 13_000_000;
/** Characters of a byte of that, 2.1 to 4.1 without indentation, and some more, since V8 counts not quite all of it. */
const CHARACTERS = 4.8;

/** How often the function that warms up goes through its code yet. */
const WARMING = "$warming";
/** No name of Stmt has a dot. */
const AGAIN = "$warming.up";
const SKIPPED = "$warming.skipped";

/**
 * Statements of a function that are skipped while it warms up. What they are in is no loop of the code that is compiled
 * well: from behind them nothing goes back.
 */
export function unlessWarming(statements: readonly Text[]): readonly Text[] {
  const left: Text = ["i32.sub", ["global.get", WARMING], i32(1)];
  const skip: Text = ["br_if", SKIPPED, ["global.get", WARMING]];
  return [
    [
      "loop",
      AGAIN,
      ["block", SKIPPED, skip, ...statements, ["return"]],
      ["global.set", WARMING, left],
      ["br_if", AGAIN, ["global.get", WARMING]],
    ],
  ];
}

/**
 * Of the functions of a run, those that it begins with: as many as are compiled while weights arrive. Others are compiled
 * while these run: ResNet-50 has its first result 4 % earlier so, with anything from a seventh to a third.
 */
const FIRST = 1 / 4;

/**
 * Exports `warm(stage)`, which has functions compiled well before they are needed: in stage 0 those of kernels at load, in
 * 1 what a run begins with, in 2 the rest of it; nothing where there are none. Functions come in the order of their use.
 */
export function warmTexts(
  atLoad: readonly BusyFunction[],
  inRuns: readonly BusyFunction[],
): readonly string[] {
  if (atLoad.length + inRuns.length === 0) return [];
  const first = Math.ceil(FIRST * inRuns.length);
  const stages = [atLoad, inRuns.slice(0, first), inRuns.slice(first)];
  const calls = stages.map((functions, stage): Text => {
    const isNow: Text = ["i32.eq", ["local.get", "$stage"], i32(stage)];
    return ["if", isNow, ["then", ...callTexts(functions)]];
  });
  return [
    `(global ${WARMING} (mut i32) (i32.const 0))\n`,
    `(func (export "warm") (param $stage i32)\n${calls.map((call) => layOut(call, 1)).join("\n")})\n`,
  ];
}

function callTexts(functions: readonly BusyFunction[]): readonly Text[] {
  return functions.flatMap(({ name, parameters, text }): readonly Text[] => {
    const count = Math.ceil((BUDGET * CHARACTERS) / text.replace(/\s+/g, " ").length);
    return [
      ["global.set", WARMING, i32(count)],
      ["call", `$${name}`, ...parameters.map(zeroOf)],
    ];
  });
}

function zeroOf(type: WasmType): Text {
  return type === "v128" ? ["v128.const", "i32x4", "0", "0", "0", "0"] : [`${type}.const`, "0"];
}
