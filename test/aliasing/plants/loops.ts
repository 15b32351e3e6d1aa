/** Faults in schedules, and in constants as they are packed for them. */
import { sameType } from "../../../compiler/base/tensor.js";
import { weightSources } from "../../../compiler/compute/loads.js";
import { walkExpr } from "../../../compiler/compute/walk.js";
import type { Program } from "../../../compiler/program/program.js";
import { withKernel, type Plant } from "./plant.js";

/** Neighbouring axes run as one loop, wherever their elements lie. */
function fusedAnyhow(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    const [compute] = kernel.kernel.computes;
    const [schedule] = kernel.schedules;
    if (kernel.kernel.computes.length !== 1 || kernel.role !== "compute") continue;
    if (schedule!.fuse !== undefined || compute!.axes.length < 2) continue;
    const [a, b] = compute!.axes.filter(({ extent }) => extent > 1).map(({ name }) => name);
    if (a === undefined || b === undefined) continue;
    const rest = compute!.axes.map(({ name }) => name).filter((name) => name !== a && name !== b);
    const order = ["ab", ...rest, ...compute!.reduce.map(({ name }) => name)];
    const schedules = [{ fuse: { ab: [a, b] }, split: {}, order, lanes: 1 }];
    return withKernel(program, kernel, { schedules });
  }
  return undefined;
}

/** Sums are finished before all of their terms are there. */
function reductionOutside(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    const at = kernel.kernel.computes.findIndex(
      ({ reduce, axes }) =>
        axes.some(({ extent }) => extent > 1) && reduce.some(({ extent }) => extent > 1),
    );
    if (at < 0) continue;
    const schedule = kernel.schedules[at]!;
    const schedules = kernel.schedules.with(at, {
      ...schedule,
      order: [...schedule.order].reverse(),
    });
    return withKernel(program, kernel, { schedules });
  }
  return undefined;
}

/** Sums wait where the epilogue reads something else. */
function parkedAnyhow(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    const weights = weightSources(kernel.kernel);
    const at = kernel.kernel.computes.findIndex(({ epilogue, reduce }) => {
      if (epilogue === undefined || reduce.length === 0) return false;
      let reads = false;
      walkExpr(epilogue, (inner) => {
        if (inner.kind === "load" && !weights.has(inner.source)) reads = true;
      });
      return reads;
    });
    if (at < 0 || kernel.schedules[at]!.park === true) continue;
    const parked = { ...kernel.schedules[at]!, park: true };
    return withKernel(program, kernel, { schedules: kernel.schedules.with(at, parked) });
  }
  return undefined;
}

/** Two constants of one type change places. */
function constantsExchanged(program: Program): Program | undefined {
  const { constants } = program;
  for (const [i, a] of constants.entries()) {
    const j = constants.findIndex(
      (b, at) => at > i && b.layout === a.layout && sameType(a.constant.type, b.constant.type),
    );
    if (j < 0) continue;
    const b = constants[j]!;
    return {
      ...program,
      constants: constants.with(i, { ...a, place: b.place }).with(j, { ...b, place: a.place }),
    };
  }
  return undefined;
}

/** A constant is read as it would lie without blocks, or transposed. */
function constantReadOtherwise(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    for (const { name, constant } of kernel.kernel.inputs) {
      const place = kernel.places[name];
      if (constant !== true || place === undefined || place.strides.length < 2) continue;
      const strides = [...place.strides].reverse();
      if (place.block === undefined && String(strides) === String(place.strides)) continue;
      const { block: _, ...rest } = place;
      const places = { ...kernel.places, [name]: { ...rest, strides } };
      return withKernel(program, kernel, { places });
    }
  }
  return undefined;
}

export const LOOP_PLANTS: readonly Plant[] = [
  { pass: "choose-schedules", fault: "axes run as one that lie apart", spoil: fusedAnyhow },
  {
    pass: "choose-schedules",
    fault: "a sum goes round outside of its output",
    spoil: reductionOutside,
  },
  {
    pass: "choose-schedules",
    fault: "sums wait where others are read",
    from: 240,
    spoil: parkedAnyhow,
  },
  { pass: "pack-constants", fault: "two constants change places", spoil: constantsExchanged },
  {
    pass: "pack-constants",
    fault: "a constant is read as it does not lie",
    spoil: constantReadOtherwise,
  },
];
