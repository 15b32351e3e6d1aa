/** Prints parallel loops: of their tiles those that a thread is called for. */
import { trips } from "../../loop/cost.js";
import type { Stmt, Tiles } from "../../loop/stmt.js";
import { get, i32, set, type Text } from "./text.js";

type Loop = Extract<Stmt, { kind: "for" }>;

/** Behind the addresses; no name of Stmt has a dot. */
export const TILE_PARAMETERS = ["tiles.begin", "tiles.end", "tiles.ran"] as const;
const [BEGIN, END, RAN] = TILE_PARAMETERS;

/** The tile that an iteration begins with, as a local. */
const tileOf = ({ variable }: Loop): string => `${variable}.tile`;

/**
 * The loop over the iterations whose tiles are in [begin, end). In an iteration of several tiles, what is neither an
 * address nor a parallel loop runs unless it is the first one, and this thread has run a tile of it just before.
 */
export function printTileLoop(
  loop: Loop,
  tiles: Tiles,
  declare: (local: string) => void,
  printBody: (body: readonly Stmt[]) => readonly Text[],
  around?: Loop,
): readonly Text[] {
  const { variable, from, step } = loop;
  const { first, each = 1 } = tiles;
  const end = `${variable}.end`;
  declare(end);
  const base: Text = around === undefined ? i32(first) : sum(get(tileOf(around)), i32(first));
  const above = (tile: string): Text => (isZero(base) ? get(tile) : ["i32.sub", get(tile), base]);
  const whole = (tilesAbove: Text): Text =>
    each === 1 ? tilesAbove : ["i32.div_s", tilesAbove, i32(each)];
  const clamped = (value: Text, least: boolean, bound: number): Text => [
    "select",
    value,
    i32(bound),
    [least ? "i32.gt_s" : "i32.lt_s", value, i32(bound)],
  ];
  // Iterations before the first and up to the last, both of them rounded outwards.
  const skipped = clamped(whole(above(BEGIN)), true, 0);
  const last = whole(each === 1 ? above(END) : ["i32.add", above(END), i32(each - 1)]);
  const reached = clamped(last, false, trips(loop));
  const at = (iterations: Text): Text =>
    sum(step === 1 ? iterations : ["i32.mul", iterations, i32(step)], i32(from));
  const next: Text = ["local.tee", `$${variable}`, ["i32.add", get(variable), i32(step)]];
  const body =
    tiles.each === undefined ? printBody(loop.body) : several(loop, each, declare, printBody, base);
  return [
    set(variable, at(skipped)),
    set(end, at(reached)),
    [
      "if",
      ["i32.lt_s", get(variable), get(end)],
      [
        "then",
        ["loop", `$${variable}`, ...body, ["br_if", `$${variable}`, ["i32.lt_s", next, get(end)]]],
      ],
    ],
  ];
}

const isZero = (text: Text): boolean => text[0] === "i32.const" && text[1] === "0";

function sum(left: Text, right: Text): Text {
  return isZero(right) ? left : ["i32.add", left, right];
}

/** The body of an iteration that is several tiles. */
function several(
  loop: Loop,
  each: number,
  declare: (local: string) => void,
  printBody: (body: readonly Stmt[]) => readonly Text[],
  base: Text,
): readonly Text[] {
  const { variable, from, step, body } = loop;
  const tile = tileOf(loop);
  declare(tile);
  const moved: Text = from === 0 ? get(variable) : ["i32.sub", get(variable), i32(from)];
  const iteration: Text = step === 1 ? moved : ["i32.div_u", moved, i32(step)];
  const texts: Text[] = [set(tile, sum(["i32.mul", iteration, i32(each)], base))];
  const isPrepared: Text = [
    "i32.and",
    ["i32.le_s", get(tile), get(BEGIN)],
    ["i32.lt_u", ["i32.sub", get(RAN), get(tile)], i32(each)],
  ];
  for (const part of runsOf(body)) {
    const [head] = part;
    if (head!.kind === "for" && head!.tiles !== undefined) {
      declare(head!.variable);
      texts.push(...printTileLoop(head!, head!.tiles, declare, printBody, loop));
    } else if (head!.kind === "let") texts.push(...printBody(part));
    else texts.push(["if", ["i32.eqz", isPrepared], ["then", ...printBody(part)]]);
  }
  return texts;
}

/** Neighbours of a kind together: addresses, what prepares, and each parallel loop. */
function runsOf(body: readonly Stmt[]): readonly (readonly Stmt[])[] {
  const runs: Stmt[][] = [];
  for (const stmt of body) {
    const before = runs.at(-1)?.[0];
    const isTiles = (one: Stmt | undefined): boolean =>
      one?.kind === "for" && one.tiles !== undefined;
    const alike = (before?.kind === "let") === (stmt.kind === "let") && !isTiles(before);
    if (before !== undefined && alike && !isTiles(stmt)) runs.at(-1)!.push(stmt);
    else runs.push([stmt]);
  }
  return runs;
}
