/**
 * `warm`: engines compile a function well only once it has run for a while, and until then the first run would go
 * through code that is five to seven times as slow. The bodies of long loops are functions (outline.ts), and a call
 * counts by the length of its code even where all of it is skipped: so they are called, and skipped, before a model's
 * weights are there, and well compiled by other threads meanwhile; and so is what calls them, where it does much itself.
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

const WARMING = "$warming";
/** No name of Stmt has a dot. */
const SKIPPED = "$warming.up";

/** Statements of a function that are skipped while it warms up. */
export function unlessWarming(statements: readonly Text[]): readonly Text[] {
  return [["block", SKIPPED, ["br_if", SKIPPED, ["global.get", WARMING]], ...statements]];
}

/** Exports `warm`, which has all of these functions compiled well before they are needed; nothing where there are none. */
export function warmTexts(functions: readonly BusyFunction[]): readonly string[] {
  if (functions.length === 0) return [];
  const calls = functions.map(({ name, parameters, text }, i): Text => {
    const next = `$next${i}`;
    const left: Text = ["i32.sub", ["local.get", "$left"], i32(1)];
    const count = Math.ceil((BUDGET * CHARACTERS) / text.replace(/\s+/g, " ").length);
    return [
      "block",
      ["local.set", "$left", i32(count)],
      [
        "loop",
        next,
        ["call", `$${name}`, ...parameters.map(zeroOf)],
        ["br_if", next, ["local.tee", "$left", left]],
      ],
    ];
  });
  const warming = (value: number): Text => ["global.set", WARMING, i32(value)];
  const statements = [warming(1), ...calls, warming(0)].map((one) => layOut(one, 1));
  return [
    `(global ${WARMING} (mut i32) (i32.const 0))\n`,
    `(func (export "warm") (local $left i32)\n${statements.join("\n")})\n`,
  ];
}

function zeroOf(type: WasmType): Text {
  return type === "v128" ? ["v128.const", "i32x4", "0", "0", "0", "0"] : [`${type}.const`, "0"];
}
