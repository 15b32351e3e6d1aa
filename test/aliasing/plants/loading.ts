/** Faults in memory that is used again while a model loads. */
import { alignedBytes, constantsOffset } from "../../../compiler/program/memory/lifetimes.js";
import type { BufferId, Program } from "../../../compiler/program/program.js";
import { randomLoadGraph } from "../randomLoadGraph.js";
import type { Plant } from "./plant.js";

/** Buffers that kernels at load, or those of runs, touch. */
function touched(program: Program, isAtLoad: boolean): ReadonlySet<BufferId> {
  const some = program.kernels.filter(({ atLoad }) => (atLoad === true) === isAtLoad);
  return new Set(some.flatMap(({ places }) => Object.values(places).map(({ buffer }) => buffer)));
}

/** The arena ends on one constant more, which runs read. */
function overWhatRunsRead(program: Program): Program | undefined {
  const { buffers, arenaBytes = 0, overlaidBytes = 0 } = program;
  const inRuns = touched(program, false);
  const id = buffers.findIndex(
    ({ space, offset, size }) => space === "constants" && size > 0 && offset === overlaidBytes,
  );
  if (id < 0 || !inRuns.has(id)) return undefined;
  const more = overlaidBytes + alignedBytes(buffers[id]!);
  return { ...program, overlaidBytes: more, arenaBytes: Math.max(arenaBytes, more) };
}

/** A kernel at load writes over a constant that it, or one after it, has yet to read. */
function overWhatLoadsRead(program: Program): Program | undefined {
  const { buffers, kernels, overlaidBytes = 0 } = program;
  const atLoad = kernels.filter((kernel) => kernel.atLoad === true);
  for (const [at, { places, role }] of atLoad.entries()) {
    if (role !== "compute") continue;
    const read = atLoad.slice(at).flatMap((one) => Object.values(one.places));
    const victim = read.find(({ buffer }) => {
      const { space, offset, size } = buffers[buffer]!;
      return space === "constants" && offset! < overlaidBytes && size > 1;
    });
    if (victim === undefined) continue;
    const out = places["out"]!.buffer;
    const begin = constantsOffset(program) + buffers[victim.buffer]!.offset!;
    const offset = Math.min(begin, program.arenaBytes! - alignedBytes(buffers[out]!));
    if (offset < 0) continue;
    return { ...program, buffers: buffers.with(out, { ...buffers[out]!, offset }) };
  }
  return undefined;
}

/** What was made at load lies where a kernel of a run keeps something else. */
function overWhatWasMade(program: Program): Program | undefined {
  const { buffers } = program;
  const [made, inRuns] = [touched(program, true), touched(program, false)];
  const isArena = (id: BufferId): boolean =>
    buffers[id]!.space === "arena" && buffers[id]!.size > 0;
  const kept = [...made].find((id) => isArena(id) && inRuns.has(id));
  const other = [...inRuns].find((id) => isArena(id) && !made.has(id));
  if (kept === undefined || other === undefined) return undefined;
  const moved = { ...buffers[other]!, offset: buffers[kept]!.offset! };
  const arenaBytes = Math.max(program.arenaBytes!, moved.offset + alignedBytes(moved));
  return { ...program, buffers: buffers.with(other, moved), arenaBytes };
}

export const LOADING_PLANTS: readonly Plant[] = [
  {
    pass: "allocate-buffers",
    fault: "the arena ends on a constant that runs read",
    draw: randomLoadGraph,
    loads: true,
    spoil: overWhatRunsRead,
  },
  {
    pass: "allocate-buffers",
    fault: "a constant is written over before it is read at load",
    draw: randomLoadGraph,
    loads: true,
    spoil: overWhatLoadsRead,
  },
  {
    pass: "allocate-buffers",
    fault: "what was made at load is written over in a run",
    draw: randomLoadGraph,
    loads: true,
    spoil: overWhatWasMade,
  },
];
