/** The way of a thread through a run: phase after phase, pieces of what is in it as long as there are any. */
import { get, i32, layOut, set, type Text } from "../text.js";
import { phaseAddress } from "./control.js";

/** A call with addresses in bytes. */
export interface SharedCall {
  readonly function: string;
  readonly addresses: readonly number[];
  /** Those of the stage that is called; absent where it has none. */
  readonly tiles: { readonly begin: number; readonly end: number } | undefined;
  /** Into how many pieces threads divide them; 1 where it has none. */
  readonly pieces: number;
  /** Where its parameters are in the scratch memory of other threads than 0. */
  readonly scratch: readonly (number | undefined)[];
  /** Writes what is called only under a condition. */
  guard(call: Text): Text;
}

/** Where other threads have scratch memory: the first of them, and what comes after it. */
export interface ScratchLayout {
  readonly start: number;
  readonly bytes: number;
}

export function walkText(
  phases: readonly (readonly SharedCall[])[],
  control: number,
  scratch: ScratchLayout,
): string {
  const body = phases.flatMap((calls, phase) =>
    phaseText(calls, phase, phaseAddress(control, phase)),
  );
  const own: Text = [
    "i32.add",
    i32(scratch.start),
    ["i32.mul", ["i32.sub", get("thread"), i32(1)], i32(scratch.bytes)],
  ];
  return [
    "(func $thread.walk (param $thread i32) (param $epoch i32) (param $naps i32) (result i32)",
    "  (local $piece i32) (local $ran i32) (local $last i32) (local $scratch i32) (local $late i32)",
    ...[set("scratch", own), ...body, i32(0)].map((text) => layOut(text, 1)),
  ]
    .join("\n")
    .concat(")\n");
}

function phaseText(calls: readonly SharedCall[], phase: number, address: number): readonly Text[] {
  const pieces = calls.reduce((sum, call) => sum + call.pieces, 0);
  const target: Text = ["i32.mul", get("epoch"), i32(pieces)];
  const [all, more] = [`$phase${phase}`, `$more${phase}`];
  let first = 0;
  const dispatch = calls.map((call, i) => {
    const text = pieceText(call, i, first, calls.length === 1);
    first += call.pieces;
    return text;
  });
  return [
    set("last", i32(-1)),
    [
      "block",
      all,
      [
        "loop",
        more,
        set("piece", [
          "call",
          "$thread.claim",
          i32(address),
          get("thread"),
          get("epoch"),
          i32(pieces),
        ]),
        ["if", ["i32.eq", get("piece"), i32(-2)], ["then", ["return", i32(0)]]],
        ["br_if", all, ["i32.eq", get("piece"), i32(-1)]],
        ...dispatch,
        ["call", "$thread.finish", i32(address), target],
        ["br", more],
      ],
    ],
    set("late", ["call", "$thread.wait", i32(address), target, get("naps")]),
    ["if", get("late"), ["then", ["return", get("late")]]],
  ];
}

/** One piece of a call where the piece is one of its own. */
function pieceText(call: SharedCall, number: number, first: number, isOnly: boolean): Text {
  const own: Text = first === 0 ? get("piece") : ["i32.sub", get("piece"), i32(first)];
  const statements = [
    ...(call.tiles === undefined ? [] : ranText(call, number)),
    call.guard(callText(call, own)),
    ...(call.tiles === undefined ? [] : [set("ran", ["i32.sub", endOf(call, own), i32(1)])]),
  ];
  const test: Text = ["i32.lt_u", own, i32(call.pieces)];
  return isOnly ? ["block", ...statements] : ["if", test, ["then", ...statements]];
}

/** Scratch memory is as the thread has left it only where the call was its last one. */
function ranText({ scratch }: SharedCall, number: number): readonly Text[] {
  if (scratch.every((one) => one === undefined)) return [];
  const isOther: Text = ["i32.ne", get("last"), i32(number)];
  return [["if", isOther, ["then", set("ran", i32(-1)), set("last", i32(number))]]];
}

/** The first tile of a piece; those of the next are behind it. */
function beginOf({ tiles, pieces }: SharedCall, piece: Text): Text {
  const { begin, end } = tiles!;
  const above: Text = ["i32.div_u", ["i32.mul", piece, i32(end - begin)], i32(pieces)];
  return begin === 0 ? above : ["i32.add", above, i32(begin)];
}

function endOf(call: SharedCall, piece: Text): Text {
  return beginOf(call, ["i32.add", piece, i32(1)]);
}

function callText(call: SharedCall, piece: Text): Text {
  const { addresses, scratch, tiles } = call;
  const passed = addresses.map((address, i): Text => {
    const there = scratch[i];
    return there === undefined
      ? i32(address)
      : ["select", ["i32.add", get("scratch"), i32(there)], i32(address), get("thread")];
  });
  const share = tiles === undefined ? [] : [beginOf(call, piece), endOf(call, piece), get("ran")];
  return ["call", `$${call.function}`, ...passed, ...share];
}
