/** Faults in memory that is used again, and in addresses. */
import type { Place } from "../../../compiler/place/place.js";
import type { BufferId, Program, ProgramKernel, Value } from "../../../compiler/program/program.js";
import { withKernel, type Plant } from "./plant.js";

/** All that lies in one buffer lies in another. */
function moved(program: Program, from: BufferId, to: BufferId): Program {
  const move = (place: Place): Place => (place.buffer === from ? { ...place, buffer: to } : place);
  const placed = <T extends Pick<Value, "place">>(one: T): T =>
    one.place === undefined ? one : { ...one, place: move(one.place) };
  const inKernel = (kernel: ProgramKernel): ProgramKernel => ({
    ...kernel,
    places: Object.fromEntries(
      Object.entries(kernel.places).map(([name, place]) => [name, move(place)]),
    ),
  });
  return {
    ...program,
    values: program.values.map(placed),
    outputs: program.outputs.map(placed),
    kernels: program.kernels.map(inKernel),
    elided: program.elided.map(({ at, kernel }) => ({ at, kernel: inKernel(kernel) })),
  };
}

/** The positions of kernels that touch each buffer of the arena. */
function touches({ buffers, kernels, inputs, outputs }: Program): number[][] {
  const found: number[][] = buffers.map(() => []);
  for (const { place } of inputs) found[place!.buffer]!.push(-1);
  kernels.forEach(({ places }, at) => {
    for (const { buffer } of Object.values(places)) found[buffer]!.push(at);
  });
  for (const { place } of outputs) found[place!.buffer]!.push(kernels.length);
  return found;
}

/** A kernel writes over what later ones still read. */
function overwritten(program: Program): Program | undefined {
  const all = touches(program);
  const inputs = new Set(program.inputs.map(({ place }) => place!.buffer));
  for (const [at, { places, role }] of program.kernels.entries()) {
    const own = places["out"]!.buffer;
    if (role === "fill" || Math.min(...all[own]!) !== at) continue;
    const { size, dtype } = program.buffers[own]!;
    const victim = program.buffers.findIndex((buffer, id) => {
      const wanted = Math.min(...all[id]!) < at && Math.max(...all[id]!) > at;
      const fits = buffer.size >= size && buffer.dtype === dtype && buffer.space === "arena";
      return id !== own && wanted && fits && !inputs.has(id);
    });
    if (victim >= 0) return moved(program, own, victim);
  }
  return undefined;
}

/** A kernel writes over an operand of which it reads other elements later on. */
function overwrittenWhileRead(program: Program): Program | undefined {
  const all = touches(program);
  const inputs = new Set(program.inputs.map(({ place }) => place!.buffer));
  for (const [at, kernel] of program.kernels.entries()) {
    const { places, role } = kernel;
    const own = places["out"]!.buffer;
    if (role !== "compute" || Math.min(...all[own]!) !== at) continue;
    const { size, dtype } = program.buffers[own]!;
    for (const { name, constant } of kernel.kernel.inputs) {
      const victim = places[name]?.buffer;
      if (victim === undefined || constant === true || inputs.has(victim)) continue;
      const buffer = program.buffers[victim]!;
      if (victim === own || Math.max(...all[victim]!) !== at) continue;
      if (buffer.size >= size && buffer.dtype === dtype) return moved(program, own, victim);
    }
  }
  return undefined;
}

/** Scratch memory of a kernel lies where `victims` of it do. */
function scratchOver(
  program: Program,
  victims: (kernel: ProgramKernel, at: number) => readonly (BufferId | undefined)[],
): Program | undefined {
  const inputs = new Set(program.inputs.map(({ place }) => place!.buffer));
  for (const [at, kernel] of program.kernels.entries()) {
    const scratch = kernel.kernel.temporaries.find(({ dims }) => dims.length > 0);
    if (scratch === undefined) continue;
    const place = kernel.places[scratch.name]!;
    const { size, dtype } = program.buffers[place.buffer]!;
    const victim = victims(kernel, at).find((id) => {
      const buffer = id === undefined ? undefined : program.buffers[id];
      if (buffer === undefined || id === place.buffer || inputs.has(id!)) return false;
      return buffer.size >= size && buffer.dtype === dtype && buffer.space === "arena";
    });
    if (victim === undefined) continue;
    const places = { ...kernel.places, [scratch.name]: { ...place, buffer: victim } };
    return withKernel(program, kernel, { places });
  }
  return undefined;
}

const scratchOverOwn = (program: Program): Program | undefined =>
  scratchOver(program, ({ kernel, places }) =>
    kernel.inputs.map(({ name, constant }) => (constant ? undefined : places[name]?.buffer)),
  );

const scratchOverOthers = (program: Program): Program | undefined => {
  const all = touches(program);
  return scratchOver(program, (_, at) =>
    [...program.buffers.keys()].filter(
      (id) => Math.min(...all[id]!) < at && Math.max(...all[id]!) > at,
    ),
  );
};

/** Two buffers lie over each other while both are wanted. */
function overlaid(program: Program): Program | undefined {
  const all = touches(program);
  const arena = [...program.buffers.keys()].filter(
    (id) => program.buffers[id]!.space === "arena" && all[id]!.length > 0,
  );
  for (const a of arena) {
    const [first, last] = [Math.min(...all[a]!), Math.max(...all[a]!)];
    const b = arena.find(
      (id) =>
        id !== a &&
        Math.min(...all[id]!) > first &&
        Math.min(...all[id]!) < last &&
        program.buffers[id]!.offset !== program.buffers[a]!.offset,
    );
    if (b === undefined) continue;
    const { offset, size } = program.buffers[a]!;
    const moved = { ...program.buffers[b]!, offset: offset! };
    const arenaBytes = Math.max(program.arenaBytes!, offset! + 4 * Math.max(size, moved.size));
    return { ...program, buffers: program.buffers.with(b, moved), arenaBytes };
  }
  return undefined;
}

/** The arena ends before its last buffer does. */
function arenaTooSmall(program: Program): Program | undefined {
  const ends = program.buffers.map(({ space, offset, size }) =>
    space === "arena" ? offset! + 4 * size : 0,
  );
  const arenaBytes = Math.max(...ends) - 4;
  return arenaBytes <= 0 ? undefined : { ...program, arenaBytes };
}

export const MEMORY_PLANTS: readonly Plant[] = [
  { pass: "reuse-operands", fault: "what is still read is written over", spoil: overwritten },
  {
    pass: "reuse-operands",
    fault: "an operand is written over while it is read",
    spoil: overwrittenWhileRead,
  },
  {
    pass: "reuse-operands",
    fault: "scratch lies over what its kernel reads",
    spoil: scratchOverOwn,
  },
  {
    pass: "reuse-operands",
    fault: "scratch lies over what others read later",
    spoil: scratchOverOthers,
  },
  { pass: "allocate-buffers", fault: "two buffers lie over each other", spoil: overlaid },
  { pass: "allocate-buffers", fault: "the arena ends too soon", spoil: arenaTooSmall },
];
