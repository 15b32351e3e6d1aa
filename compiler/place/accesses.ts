/** The accesses of a whole kernel: where each load and store of a Compute goes, and which axes they let merge. */
import { extentsOf, type Extents } from "../compute/affine.js";
import { allLoads } from "../compute/loads.js";
import type { Compute, Expr, Index, Kernel } from "../compute/ir.js";
import { axesInScope } from "../compute/scan.js";
import { mentions } from "../compute/walk.js";
import { fuseIndex, liesEvenly, resolveAccess, type Access } from "./access.js";
import type { Places } from "./place.js";

/** Groups of neighbouring axes, outer to inner, by the name of the one axis that each becomes. */
export type Fusion = Readonly<Record<string, readonly string[]>>;

export type AccessResolver = (
  compute: Compute,
  fusion: Fusion | undefined,
  load: Extract<Expr, { kind: "load" }> | "target",
) => Access;

/** Resolves each load of each Compute once. Throws an Error where a place is missing or axes cannot fuse. */
export function accessResolver(kernel: Kernel, places: Places): AccessResolver {
  const dims = dimsOfSources(kernel);
  const known = new Map<Compute, Map<unknown, Access>>();
  return (compute, fusion, load) => {
    const table = known.get(compute) ?? new Map<unknown, Access>();
    known.set(compute, table);
    let access = table.get(load);
    if (access === undefined) {
      const source = load === "target" ? compute.target : load.source;
      const place = Object.hasOwn(places, source) ? places[source] : undefined;
      if (place === undefined) throw new Error(`${source} has no place`);
      const extents = extentsOf(axesInScope(kernel, compute));
      const { index, boundary } =
        load === "target" ? { index: compute.index, boundary: undefined } : load;
      access = fuseAccess(
        resolveAccess(index, dims.get(source)!, place, extents, boundary),
        fusion,
        extents,
      );
      table.set(load, access);
    }
    return access;
  };
}

function dimsOfSources(kernel: Kernel): ReadonlyMap<string, readonly number[]> {
  return new Map([
    ...kernel.inputs.map(({ name, type }) => [name, type.dims] as const),
    ...kernel.constants.map(({ name, value }) => [name, value.type.dims] as const),
    ...kernel.temporaries.map(({ name, dims }) => [name, dims] as const),
    ["out", kernel.output.dims] as const,
  ]);
}

/** Rewrites an access over the axes that fuse; throws where one of them is needed by itself. */
function fuseAccess(access: Access, fusion: Fusion | undefined, extents: Extents): Access {
  let fused = access;
  for (const [name, axes] of Object.entries(fusion ?? {})) {
    if (!axes.every((axis) => extents.has(axis))) continue;
    const lone: Index[] = [
      ...access.guards.map((guard) => guard.index),
      ...access.address.terms.flatMap(({ of }) =>
        typeof of === "string" ? [] : [{ terms: [{ of, coefficient: 1 }], constant: 0 }],
      ),
    ];
    const needed = axes.some((axis) => lone.some((index) => mentions(index, axis)));
    if (needed || (access.blocked !== undefined && axes.includes(access.blocked.axis))) {
      throw new Error(`${axes.join(", ")} cannot fuse: one of them is needed by itself`);
    }
    fused = { ...fused, address: fuseIndex(fused.address, name, axes, extents) };
  }
  return fused;
}

/** Whether axes may become one: no access of a Compute needs one of them by itself. */
export function canFuse(
  kernel: Kernel,
  compute: Compute,
  places: Places,
  axes: readonly string[],
): boolean {
  const fusion = { fused: axes };
  const resolve = accessResolver(kernel, places);
  try {
    resolve(compute, fusion, "target");
    return allLoads(compute).every((load) => {
      if (load.kind === "index") return !axes.some((axis) => mentions(load.index, axis));
      if (!Object.hasOwn(places, load.source)) return true;
      resolve(compute, fusion, load);
      return true;
    });
  } catch {
    return false;
  }
}

/** Whether axes may become one that is as good as others: all that a source is met at, or every source, lies evenly along it. */
export function canMerge(
  kernel: Kernel,
  compute: Compute,
  places: Places,
  axes: readonly string[],
  source?: string,
): boolean {
  if (!canFuse(kernel, compute, places, axes)) return false;
  const extents = extentsOf(axesInScope(kernel, compute));
  const { target, access } = accessesOf(kernel, compute, places);
  const ofSource = (name: string): boolean => source === undefined || source === name;
  const all = allLoads(compute).flatMap((load) =>
    load.kind === "load" && ofSource(load.source) ? [access(load)] : [],
  );
  return [...(ofSource(compute.target) ? [target] : []), ...all].every(
    (one) => one === undefined || liesEvenly(one.address, axes, extents),
  );
}

/** Where a Compute reads and writes as its axes stand, before any of them fuse; loads without a place are left out. */
export function accessesOf(
  kernel: Kernel,
  compute: Compute,
  places: Places,
): { readonly target: Access | undefined; access(load: Expr): Access | undefined } {
  const resolve = accessResolver(kernel, places);
  return {
    target: Object.hasOwn(places, compute.target)
      ? resolve(compute, undefined, "target")
      : undefined,
    access: (load) =>
      load.kind === "load" && Object.hasOwn(places, load.source)
        ? resolve(compute, undefined, load)
        : undefined,
  };
}
