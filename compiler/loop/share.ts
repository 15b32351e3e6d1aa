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
  readonly stages?: readonly number[];
}

/**
 * The function with parallel loops: outermost ones, or those in them where they are few. `scratch` names the parameters
 * that no other kernel reads: each thread has its own, but for what is between stages. A loop with `enough` iterations is not looked into. The function
 * itself where nothing can be shared.
 *
 *   for oh = 0 to 56 { … }   =>   parallel from tile 0 for oh = 0 to 56 { … }
 */
export function shareTiles(
  code: KernelFunction,
  scratch: ReadonlySet<string>,
  enough = ENOUGH,
): KernelFunction {
  const touches = createTouches(code);
  const between = betweenLoops(code.body, touches, scratch);
  const own = new Set([...scratch].filter((name) => !between.has(name)));
  const flat = [enough, 1].map((wanted) => shareBody(code.body, touches, scratch, wanted));
  const staged = [enough, 1].flatMap(
    (wanted) => inStages(code.body, touches, between, own, wanted) ?? [],
  );
  // Parts that are two or more need no stages for two threads to have something to do.
  const { parts } = partsOf(code.body, touches, scratch);
  for (const shared of parts.length > 1 ? flat : [...staged, ...flat]) {
    const ofThread = shared.stages === undefined ? scratch : own;
    const parameters = code.parameters.map((one) =>
      ofThread.has(one.name) ? ({ ...one, perThread: true } as const) : one,
    );
    const found = { ...code, parameters, ...shared };
    if (found.tiles > 1 && tileProblems(found).length === 0) return found;
  }
  return code;
}

/** Scratch memory in which loops leave something for loops behind them. */
function betweenLoops(
  body: readonly Stmt[],
  touches: Touches,
  scratch: ReadonlySet<string>,
): ReadonlySet<string> {
  const all = body.flatMap((stmt) => usedBy(touches.of(stmt), scratch));
  return new Set(all.filter((name, i) => all.indexOf(name) !== i));
}

function usedBy({ written, read }: Touched, names: ReadonlySet<string>): string[] {
  return [...names].filter((name) => written.has(name) || read.has(name));
}

/**
 * Loops each with tiles of its own, in stages: those that have something in `between` in common are in different ones.
 * Undefined where there is no such thing, or where registers connect them.
 */
function inStages(
  body: readonly Stmt[],
  touches: Touches,
  between: ReadonlySet<string>,
  own: ReadonlySet<string>,
  enough: number,
): Shared | undefined {
  const loops = body.filter((stmt) => !touches.isAddress(stmt));
  const registers = loops.flatMap((loop) => [...touches.of(loop).registers]);
  const connected = new Set(registers).size !== registers.length;
  if (between.size === 0 || connected || loops.some(({ kind }) => kind !== "for")) return undefined;
  const shared: Stmt[] = [];
  const stages: number[] = [];
  let inStage = new Set<string>();
  let tiles = 0;
  for (const loop of loops) {
    const uses = usedBy(touches.of(loop), between);
    if (uses.some((name) => inStage.has(name))) {
      stages.push(tiles);
      inStage = new Set();
    }
    uses.forEach((name) => inStage.add(name));
    const parallel = tilesOfPart([loop], tiles, touches, own, enough);
    shared.push(parallel);
    tiles += trips(parallel) * (parallel.tiles!.each ?? 1);
  }
  return { body: [...body.filter(touches.isAddress), ...shared], tiles, stages };
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
