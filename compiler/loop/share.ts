/** Marks loops of a function as parallel: finds tiles that threads may share, and leaves alone what has none. */
import { bodyCost, trips } from "./cost.js";
import { createTouches, type Touched, type Touches } from "./touches.js";
import type { KernelFunction, Stmt } from "./stmt.js";
import { tileProblems } from "./verifyTiles.js";

/** Iterations of a loop from which on its tiles need not be smaller for threads to end together. */
const ENOUGH = 24;
/** What every thread prepares for itself may be at most so much of what it is for. */
const MOST_PREPARED = 1 / 8;

type Loop = Extract<Stmt, { kind: "for" }>;

/** Statements that are or hold so many tiles. */
interface Shared {
  readonly body: readonly Stmt[];
  readonly tiles: number;
}

/**
 * The function with parallel loops: outermost ones, or those in them where they are few. `scratch` names the parameters
 * that no other kernel reads: each thread has its own. A loop with `enough` iterations is not looked into. The function
 * itself where nothing can be shared.
 *
 *   for oh = 0 to 56 { … }   =>   parallel from tile 0 for oh = 0 to 56 { … }
 */
export function shareTiles(
  code: KernelFunction,
  scratch: ReadonlySet<string>,
  enough = ENOUGH,
): KernelFunction {
  const parameters = code.parameters.map((one) =>
    scratch.has(one.name) ? ({ ...one, perThread: true } as const) : one,
  );
  const touches = createTouches(code);
  for (const wanted of new Set([enough, 1])) {
    const { body, tiles } = shareBody(code.body, touches, scratch, wanted);
    const shared = { ...code, parameters, body, tiles };
    if (tiles > 1 && tileProblems(shared).length === 0) return shared;
  }
  return code;
}

/** Parts that have no scratch memory or register in common, in tiles one after the other. */
function shareBody(
  body: readonly Stmt[],
  touches: Touches,
  scratch: ReadonlySet<string>,
  enough: number,
): Shared {
  const { addresses, parts } = partsOf(body, touches, scratch);
  const shared: Stmt[] = [];
  let tiles = 0;
  for (const part of parts) {
    const loop = tilesOfPart(part, tiles, touches, scratch, enough);
    shared.push(loop);
    tiles += trips(loop) * (loop.tiles!.each ?? 1);
  }
  return { body: [...addresses, ...shared], tiles };
}

/** A part as one parallel loop. */
function tilesOfPart(
  part: readonly Stmt[],
  first: number,
  touches: Touches,
  scratch: ReadonlySet<string>,
  enough: number,
): Loop {
  const [only, ...others] = part;
  const loop = only!.kind === "for" && others.length === 0 ? only : undefined;
  if (loop !== undefined && trips(loop) >= enough) return { ...loop, tiles: { first } };
  const inner = enough > 1 ? shareInside(loop?.body ?? part, touches, scratch) : undefined;
  const around = loop ?? once(part, touches);
  return inner === undefined
    ? { ...around, tiles: { first } }
    : { ...around, tiles: { first, each: inner.tiles }, body: inner.body };
}

/** Loops that write what is shared, behind what prepares them; undefined where the first are too little. */
function shareInside(
  body: readonly Stmt[],
  touches: Touches,
  scratch: ReadonlySet<string>,
): Shared | undefined {
  const writes = (stmt: Stmt): boolean =>
    [...touches.of(stmt).written].some((name) => !scratch.has(name));
  const from = body.findIndex(writes);
  const before = body.slice(0, from).filter((stmt) => !touches.isAddress(stmt));
  if (before.some((stmt) => stmt.kind !== "for" && stmt.kind !== "store")) return undefined;
  if (bodyCost(before) > MOST_PREPARED * bodyCost(body)) return undefined;
  const rest = shareBody(body.slice(from), touches, scratch, 1);
  return rest.tiles > 1
    ? { body: [...body.slice(0, from), ...rest.body], tiles: rest.tiles }
    : undefined;
}

/** Statements as the only iteration of a loop. */
function once(body: readonly Stmt[], touches: Touches): Loop {
  return { kind: "for", variable: touches.fresh("tile"), from: 0, to: 1, step: 1, body };
}

/**
 * Neighbours that have to be one tile, or in one: what one leaves in scratch memory or a register another reads.
 * Addresses that are known before are nobody's.
 */
function partsOf(
  body: readonly Stmt[],
  touches: Touches,
  scratch: ReadonlySet<string>,
): { readonly addresses: readonly Stmt[]; readonly parts: readonly (readonly Stmt[])[] } {
  const rest = body.filter((stmt) => !touches.isAddress(stmt));
  const linked = rest.map((stmt) => linksOf(touches.of(stmt), scratch));
  const last = new Map<string, number>();
  linked.forEach((links, i) => links.forEach((link) => last.set(link, i)));
  const parts: Stmt[][] = [];
  let end = -1;
  rest.forEach((stmt, i) => {
    // Straight-line code is little, and stays together.
    const before = rest[i - 1];
    const joins =
      i <= end || (stmt.kind !== "for" && before !== undefined && before.kind !== "for");
    if (joins) parts.at(-1)!.push(stmt);
    else parts.push([stmt]);
    for (const link of linked[i]!) end = Math.max(end, last.get(link)!);
  });
  return { addresses: body.filter(touches.isAddress), parts };
}

function linksOf({ written, read, registers }: Touched, scratch: ReadonlySet<string>): string[] {
  const memory = [...written, ...read].filter((name) => scratch.has(name));
  return [...memory, ...registers];
}
