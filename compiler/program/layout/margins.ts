/**
 * add-margins: room around values for what convolutions and pools read beyond their edges, and the kernels that
 * fill it each run. A margin belongs to the reader for whom it was filled: others keep their guards.
 *
 *   conv(%x) {pads=[1,1,1,1]}   =>   %x has a margin of 1; fill(%x) = 0; conv(%x) without guards
 */
import { holds, storageOf } from "../../loop/storage.js";
import { sameBoundary } from "../../place/access.js";
import type { Margin } from "../../place/place.js";
import { paddedDims, partMargin, viewMargin } from "../../place/views.js";
import { elementCount } from "../../base/tensor.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { fromRoots, rootsOf } from "./aliasTree.js";
import { fillKernel } from "./fill.js";
import { marginRequest, type MarginRequest } from "./marginRequest.js";

/** A padded buffer more than this many times its interior keeps the guards instead. */
const LARGEST_GROWTH = 4;

export interface Margins {
  /** What each owner of a buffer carries around it. */
  readonly ofRoot: ReadonlyMap<ValueId, MarginRequest>;
  /** The sources of each kernel whose margin it can rely on. */
  readonly granted: ReadonlyMap<ProgramKernel, readonly string[]>;
  /** Views of inputs that a kernel over channels would like to have a margin around: they had better be copies. */
  readonly crowded: readonly ValueId[];
}

/** Collects all requests; the first fill asked of a buffer wins. Inputs, outputs and states stay dense. */
export function grantMargins(program: Program): Margins {
  const roots = rootsOf(program.values);
  const grants: Grants = { values: program.values, ofRoot: new Map(), reader: new Map() };
  const inputs = new Set(givenPorts(program).map(({ value }) => value));
  const outputs = new Set(wantedPorts(program).map(({ value }) => value));
  const granted = new Map<ProgramKernel, string[]>();
  const crowded = new Set<ValueId>();
  for (const kernel of program.kernels) {
    for (const { name: source, type } of kernel.kernel.inputs) {
      const value = kernel.operands[source]!;
      const request = marginRequest(kernel, source);
      if (request === undefined || program.values[value]!.constant !== undefined) continue;
      const root = roots[value]!;
      if (inputs.has(root) || outputs.has(root)) {
        const heavy = kernel.layout === "channels-last" && type.dims.length >= 3;
        if (heavy && root !== value) crowded.add(value);
        continue;
      }
      const margin = marginOnRoot(value, request.margin, program.values);
      if (margin === undefined || !accept(root, value, { ...request, margin }, grants)) continue;
      granted.set(kernel, [...(granted.get(kernel) ?? []), source]);
    }
  }
  return { ofRoot: grants.ofRoot, granted, crowded: [...crowded] };
}

/** A margin of a window of another value, as a margin of the buffer's owner; undefined where there is no room. */
function marginOnRoot(
  value: ValueId,
  margin: Margin,
  values: readonly Value[],
): Margin | undefined {
  let [at, sides] = [values[value]!, margin];
  for (let alias = at.alias; alias !== undefined; alias = at.alias) {
    const from = values[alias.of]!;
    if (alias.kind === "part") {
      if (isWanted(sides[alias.axis]!)) return undefined;
    } else if (alias.view.kind === "permute") {
      const { permutation } = alias.view;
      const seen = sides;
      sides = from.type.dims.map((_, d) => seen[permutation.indexOf(d)]!);
    } else if (alias.view.kind === "slice") {
      const { steps } = alias.view;
      const [dims, whole] = [at.type.dims, from.type.dims];
      if (sides.some((side, d) => isWanted(side) && (dims[d] !== whole[d] || steps[d] !== 1)))
        return undefined;
    } else {
      return undefined;
    }
    at = from;
  }
  return sides;
}

function isWanted([before, after]: readonly [number, number]): boolean {
  return before > 0 || after > 0;
}

interface Grants {
  readonly values: readonly Value[];
  readonly ofRoot: Map<ValueId, MarginRequest>;
  /** The value whose edges a root's margin repeats, where it depends on what the value holds. */
  readonly reader: Map<ValueId, ValueId>;
}

function accept(root: ValueId, value: ValueId, request: MarginRequest, grants: Grants): boolean {
  const { fill } = request;
  const known = grants.ofRoot.get(root);
  if (known !== undefined && !sameBoundary(known.fill, fill)) return false;
  // Zeros are zeros for all; two values that mirror themselves would each overwrite what the other has filled.
  if (fill.mode !== "constant" && (grants.reader.get(root) ?? value) !== value) return false;
  const margin = request.margin.map(([before, after], d): readonly [number, number] => [
    Math.max(before, known?.margin[d]?.[0] ?? 0),
    Math.max(after, known?.margin[d]?.[1] ?? 0),
  ]);
  const { dims, dtype } = grants.values[root]!.type;
  if (fill.mode === "constant" && !holds(storageOf(dtype), fill.value)) return false;
  if (elementCount(paddedDims(dims, margin)) > LARGEST_GROWTH * elementCount(dims)) return false;
  grants.ofRoot.set(root, { margin, fill });
  grants.reader.set(root, value);
  return true;
}

/** Values of which owners of buffers have room around them. */
export function withRoom(values: readonly Value[], { ofRoot }: Margins): readonly Value[] {
  return values.map((value, id): Value => {
    const room = ofRoot.get(id);
    return room === undefined ? value : { ...value, ...room };
  });
}

/** The Program with room around owners of buffers, and fills before the first kernel that relies on them. */
export function addMargins(program: Program): Program {
  const margins = grantMargins(program);
  const values = withSeenMargins(withRoom(program.values, margins));
  const filled = new Set<ValueId>();
  const kernels = program.kernels.flatMap((kernel) => {
    const granted = margins.granted.get(kernel);
    if (granted === undefined) return [kernel];
    const fills = granted.flatMap((source) => {
      const value = kernel.operands[source]!;
      if (filled.has(value)) return [];
      filled.add(value);
      const fill = fillKernel(value, values[value]!);
      return [kernel.atLoad === true ? { ...fill, atLoad: true as const } : fill];
    });
    return [...fills, { ...kernel, margins: granted }];
  });
  return { ...program, values, kernels };
}

/** What lies around each value: its own margin, or what is left of its owner's at its place. */
function withSeenMargins(values: readonly Value[]): readonly Value[] {
  return fromRoots<Value>(values, (value, whole) => {
    if (value.alias === undefined) return value;
    const { margin: from, fill } = whole!;
    if (from === undefined || fill === undefined) return value;
    const margin =
      value.alias.kind === "part"
        ? partMargin(from, value.alias.axis)
        : viewMargin(from, whole!.type.dims, value.type.dims, value.alias.view);
    return margin === undefined ? value : { ...value, margin, fill };
  });
}
