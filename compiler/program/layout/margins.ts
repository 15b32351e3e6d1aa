/** Which margins the loads of a program want around values, and whose buffer can give them. */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Boundary } from "../../compute/ir.js";
import { sameBoundary } from "../../place/access.js";
import { allLoads } from "../../compute/loads.js";
import type { Operand } from "../../graph/definition.js";
import { elementCount } from "../../base/tensor.js";
import type { Program, ProgramKernel } from "../program.js";
import type { Homes } from "./homes.js";
import type { Margin } from "./places.js";

/** Elements that a load reads beyond a value, per dimension, and what they must be. */
export interface MarginRequest {
  readonly margin: Margin;
  readonly fill: Boundary;
}

/** A padded buffer more than this many times its interior keeps the guards instead. */
const LARGEST_GROWTH = 4;

/** What one kernel reads outside one of its inputs: the widest of its loads that agree on the fill. */
export function marginRequest(
  kernel: ProgramKernel,
  source: string,
  dims: readonly number[],
): MarginRequest | undefined {
  let request: MarginRequest | undefined;
  for (const compute of kernel.kernel.computes) {
    const extents = extentsOf(kernel.kernel.outer, compute.axes, compute.reduce);
    for (const load of allLoads(compute)) {
      if (load.kind !== "load" || load.source !== source || load.boundary === undefined) continue;
      if (request !== undefined && !sameBoundary(request.fill, load.boundary)) continue;
      const margin = load.index.map((index, d): readonly [number, number] => {
        const range = intervalOf(index, extents);
        const [before, after] = request?.margin[d] ?? [0, 0];
        return [Math.max(before, -range.min), Math.max(after, range.max - dims[d]! + 1)];
      });
      if (margin.some(([before, after]) => before > 0 || after > 0))
        request = { margin, fill: load.boundary };
    }
  }
  return request;
}

export interface Margins {
  /** What each buffer-owning value carries around it. */
  readonly ofRoot: ReadonlyMap<Operand, MarginRequest>;
  /** Values whose own margin some reader relies on, and so must be filled after their last writer. */
  readonly filled: ReadonlySet<Operand>;
}

/** Collects all requests; the first fill asked of a buffer wins, readers that want another keep guards. */
export function planMargins(program: Program, homes: Homes): Margins {
  const ofRoot = new Map<Operand, MarginRequest>();
  const filled = new Set<Operand>();
  for (const kernel of program.kernels) {
    for (const input of kernel.kernel.inputs) {
      const value = input.name as Operand;
      if (input.name.startsWith("@")) continue;
      const request = marginRequest(kernel, input.name, input.type.dims);
      if (request === undefined) continue;
      const onRoot = requestOnRoot(value, request, homes);
      if (onRoot === undefined || !accept(onRoot.root, onRoot.request, ofRoot, homes)) continue;
      filled.add(value);
    }
  }
  return { ofRoot, filled };
}

/** A request on a window of another value, as a request on the buffer's owner; undefined where it has no room. */
function requestOnRoot(
  value: Operand,
  request: MarginRequest,
  homes: Homes,
): { root: Operand; request: MarginRequest } | undefined {
  let root = value;
  let { margin } = request;
  for (let step = homes.derived.get(root); step !== undefined; step = homes.derived.get(root)) {
    const fromDims = homes.types.get(step.from)!.dims;
    const dims = homes.types.get(root)!.dims;
    const sides = margin;
    if (step.kind === "part") {
      if (wanted(sides[step.axis]!)) return undefined;
    } else if (step.view.kind === "permute") {
      const { permutation } = step.view;
      margin = fromDims.map((_, d) => sides[permutation.indexOf(d)]!);
    } else if (step.view.kind === "slice") {
      const { steps } = step.view;
      if (sides.some((side, d) => wanted(side) && (dims[d] !== fromDims[d] || steps[d] !== 1)))
        return undefined;
    } else {
      return undefined;
    }
    root = step.from;
  }
  return { root, request: { margin, fill: request.fill } };
}

function wanted([before, after]: readonly [number, number]): boolean {
  return before > 0 || after > 0;
}

function accept(
  root: Operand,
  request: MarginRequest,
  ofRoot: Map<Operand, MarginRequest>,
  homes: Homes,
): boolean {
  const known = ofRoot.get(root);
  if (known !== undefined && !sameBoundary(known.fill, request.fill)) return false;
  const margin = request.margin.map(([before, after], d): readonly [number, number] => [
    Math.max(before, known?.margin[d]?.[0] ?? 0),
    Math.max(after, known?.margin[d]?.[1] ?? 0),
  ]);
  const { dims } = homes.types.get(root)!;
  const padded = dims.map((dim, d) => dim + margin[d]![0] + margin[d]![1]);
  if (elementCount(padded) > LARGEST_GROWTH * elementCount(dims)) return false;
  ofRoot.set(root, { margin, fill: request.fill });
  return true;
}
