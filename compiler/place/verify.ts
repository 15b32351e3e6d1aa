/** Checks that a value has a place of its own for each of its elements, wherever strides and blocks put them. */
import { canAddUp, type Multiple } from "../compute/multiples.js";
import type { Place } from "./place.js";

/** What is wrong with the place of a value that is written there; empty for a legal one. */
export function placeProblems(
  { offset, strides, block, margin, fill }: Place,
  dims: readonly number[],
): string[] {
  if (strides.length !== dims.length) return [`has ${strides.length} strides`];
  const numbers = [offset, ...strides, ...(block === undefined ? [] : [block.size, block.stride])];
  if (!numbers.every(Number.isSafeInteger)) return [`lies at ${numbers.join(", ")}`];
  if (block !== undefined && (block.size < 1 || dims[block.dim] === undefined))
    return [`has blocks of ${block.size} in dimension ${block.dim}`];
  if (margin !== undefined && fill === undefined) return ["has a margin without a fill"];
  const steps = dims.flatMap((dim, d): Step[] => {
    const [before, after] = margin?.[d] ?? [0, 0];
    const extent = dim + before + after;
    const stride = strides[d]!;
    if (block?.dim !== d) return [{ stride, extent }];
    const blocks = { stride: block.stride, extent: Math.ceil(extent / block.size) };
    return [blocks, { stride, extent: Math.min(extent, block.size) }];
  });
  const [first] = sharedSteps(steps);
  return first === undefined ? [] : [`has two elements at one address, ${first.stride} apart`];
}

interface Step {
  readonly stride: number;
  readonly extent: number;
}

/** The steps that others make up for. */
function sharedSteps(steps: readonly Step[]): readonly Step[] {
  const long = steps.filter(({ extent }) => extent > 1);
  return long.filter((step) => {
    if (step.stride === 0) return true;
    const multiples = long.flatMap((one): Multiple[] => {
      const most = one.extent - 1;
      if (one.stride === 0) return [];
      const coefficient = Math.abs(one.stride);
      return [{ coefficient, min: -most, max: most, isOther: one === step }];
    });
    return canAddUp(multiples, 0, 0);
  });
}
