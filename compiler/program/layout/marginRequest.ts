/** What a kernel reads beyond the edges of a value. */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Boundary } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { axesInScope } from "../../compute/scan.js";
import { sameBoundary } from "../../place/access.js";
import type { Margin } from "../../place/place.js";
import type { ProgramKernel } from "../program.js";

/** Elements that are read around a value, per dimension, and what they must be. */
export interface MarginRequest {
  readonly margin: Margin;
  readonly fill: Boundary;
}

const known = new WeakMap<ProgramKernel["kernel"], ReadonlyMap<string, MarginRequest>>();

/** Of one source of a kernel: the widest of its loads that agree with the first on the fill. */
export function marginRequest(
  { kernel }: ProgramKernel,
  source: string,
): MarginRequest | undefined {
  let requests = known.get(kernel);
  if (requests === undefined) {
    requests = marginRequests(kernel);
    known.set(kernel, requests);
  }
  return requests.get(source);
}

function marginRequests(kernel: ProgramKernel["kernel"]): ReadonlyMap<string, MarginRequest> {
  const dims = new Map(kernel.inputs.map(({ name, type }) => [name, type.dims]));
  const requests = new Map<string, MarginRequest>();
  for (const compute of kernel.computes) {
    const extents = extentsOf(axesInScope(kernel, compute));
    for (const load of allLoads(compute)) {
      if (load.kind !== "load" || load.boundary === undefined) continue;
      const of = dims.get(load.source);
      const request = requests.get(load.source);
      if (of === undefined) continue;
      if (request !== undefined && !sameBoundary(request.fill, load.boundary)) continue;
      const margin = load.index.map((index, d): readonly [number, number] => {
        const range = intervalOf(index, extents);
        const [before, after] = request?.margin[d] ?? [0, 0];
        return [Math.max(before, -range.min), Math.max(after, range.max - of[d]! + 1)];
      });
      if (margin.some(([before, after]) => before > 0 || after > 0))
        requests.set(load.source, { margin, fill: load.boundary });
    }
  }
  return requests;
}
