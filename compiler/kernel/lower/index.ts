/** Compute + Schedule + Places => Stmt: the one lowering that every target shares. */
import { extentsOf, type Extents } from "../affine.js";
import { mentions, walkExpr } from "../walk.js";
import type { Compute, Expr, Index, Kernel } from "../ir.js";
import { scalarOf } from "../ir.js";
import type { Places } from "../place.js";
import type { Schedule } from "../schedule.js";
import type { KernelFunction, Memory, Parameter, Space } from "../stmt.js";
import { fuseIndex, resolveAccess, type Access } from "./access.js";
import type { Instance } from "./instance.js";
import { lowerCompute, lowerScalar, type NestContext } from "./nest.js";
import { closeScope, createNames, openScope, type Names, type Scope } from "./scope.js";

export interface LowerOptions {
  readonly summary: string;
  /** One schedule per Compute. */
  readonly schedules: readonly Schedule[];
  /** By kernel input, constant, dimensioned temporary, and "out". */
  readonly places: Places;
  /** The memory of each of those. */
  spaceOf(source: string): Space;
}

/**
 * A kernel function whose parameters are the addresses where its places begin. Throws a plain Error where
 * a schedule or place is illegal for the kernel.
 */
export function lowerKernel(kernel: Kernel, options: LowerOptions): KernelFunction {
  const names = createNames();
  const sources = describeSources(kernel, options, names);
  const used = new Set<string>();
  const context: NestContext = {
    names,
    registers: new Map(),
    parameter(source) {
      const found = sources.get(source);
      if (found === undefined) throw new Error(`${source} has no place`);
      used.add(source);
      return found;
    },
    access: accessResolver(kernel, options.places, sources),
  };
  const root = openScope(undefined);
  overShared(kernel, names, root, 0, new Map(), (scope, shared) => {
    kernel.computes.forEach((compute, i) => {
      const scalar = kernel.temporaries.some(
        ({ name, dims }) => name === compute.target && dims.length === 0,
      );
      (scalar ? lowerScalar : lowerCompute)(compute, options.schedules[i]!, context, scope, shared);
    });
  });
  const parameters = [...sources]
    .filter(([source]) => used.has(source))
    .map(([source, { name, memory }]): Parameter => ({ name, source, ...memory }));
  return { summary: options.summary, parameters, body: closeScope(root) };
}

interface SourceInfo {
  readonly name: string;
  readonly memory: Memory;
  readonly dims: readonly number[];
}

/** Inputs, tables, dimensioned temporaries and the output, named by the roles they play. */
function describeSources(
  kernel: Kernel,
  options: LowerOptions,
  names: Names,
): Map<string, SourceInfo> {
  const sources = new Map<string, SourceInfo>();
  const add = (
    source: string,
    role: string,
    dtype: Memory["dtype"],
    dims: readonly number[],
  ): void => {
    const memory = { dtype, space: options.spaceOf(source) };
    sources.set(source, { name: names.fresh(role), memory, dims });
  };
  for (const { name, role, type } of kernel.inputs)
    add(name, role ?? "x", scalarOf(type.dtype), type.dims);
  for (const { name, value } of kernel.constants)
    add(name, "table", scalarOf(value.type.dtype), value.type.dims);
  for (const { name, dtype, dims } of kernel.temporaries)
    if (dims.length > 0) add(name, name, dtype, dims);
  add("out", "out", scalarOf(kernel.output.dtype), kernel.output.dims);
  return sources;
}

/** Shared axes are plain loops around all Computes. */
function overShared(
  kernel: Kernel,
  names: Names,
  scope: Scope,
  depth: number,
  instance: Instance,
  body: (scope: Scope, instance: Instance) => void,
): void {
  const axis = kernel.shared[depth];
  if (axis === undefined) return body(scope, instance);
  const looped = axis.extent > 1;
  const variable = looped ? names.fresh(axis.name) : undefined;
  const position = {
    variable,
    last: axis.extent - 1,
    step: looped ? 1 : 0,
    offset: 0,
    lanes: 1,
    count: 1,
  };
  const inner = looped ? openScope(scope, variable) : scope;
  overShared(kernel, names, inner, depth + 1, new Map([...instance, [axis.name, position]]), body);
  if (variable !== undefined) {
    scope.body.push({
      kind: "for",
      variable,
      from: 0,
      to: axis.extent,
      step: 1,
      body: closeScope(inner),
    });
  }
}

function accessResolver(
  kernel: Kernel,
  places: Places,
  sources: ReadonlyMap<string, SourceInfo>,
): NestContext["access"] {
  const known = new Map<Compute, Map<unknown, Access>>();
  return (compute, schedule, load) => {
    const table = known.get(compute) ?? new Map<unknown, Access>();
    known.set(compute, table);
    let access = table.get(load);
    if (access === undefined) {
      const source = load === "target" ? compute.target : load.source;
      const place = Object.hasOwn(places, source) ? places[source] : undefined;
      if (place === undefined) throw new Error(`${source} has no place`);
      const extents = extentsOf(kernel.shared, compute.axes, compute.reduce);
      const { index, outside } =
        load === "target" ? { index: compute.index, outside: undefined } : load;
      access = fuseAccess(
        resolveAccess(index, sources.get(source)!.dims, place, extents, outside),
        schedule,
        extents,
      );
      table.set(load, access);
    }
    return access;
  };
}

/** Rewrites an access over the axes that a schedule fuses; throws where one of them is needed by itself. */
function fuseAccess(access: Access, schedule: Schedule, extents: Extents): Access {
  let fused = access;
  for (const [name, axes] of Object.entries(schedule.fuse ?? {})) {
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

/** Groups of axes that every access of a Compute lets merge, tried by a target before it schedules. */
export function canFuse(
  kernel: Kernel,
  compute: Compute,
  places: Places,
  axes: readonly string[],
): boolean {
  const schedule: Schedule = { fuse: { fused: axes }, split: {}, order: [], lanes: 1 };
  const resolve = accessResolver(kernel, places, describePlaced(kernel, places));
  try {
    resolve(compute, schedule, "target");
    return allLoads(compute).every((load) => {
      if (load.kind === "index") return !axes.some((axis) => mentions(load.index, axis));
      if (!Object.hasOwn(places, load.source)) return true;
      resolve(compute, schedule, load);
      return true;
    });
  } catch {
    return false;
  }
}

/** Where a Compute reads and writes as its axes stand, before any of them fuse; loads without a place are left out. */
export function accessesOf(
  kernel: Kernel,
  compute: Compute,
  places: Places,
): { readonly target: Access | undefined; access(load: Expr): Access | undefined } {
  const unfused: Schedule = { split: {}, order: [], lanes: 1 };
  const resolve = accessResolver(kernel, places, describePlaced(kernel, places));
  return {
    target: Object.hasOwn(places, compute.target) ? resolve(compute, unfused, "target") : undefined,
    access: (load) =>
      load.kind === "load" && Object.hasOwn(places, load.source)
        ? resolve(compute, unfused, load)
        : undefined,
  };
}

function describePlaced(kernel: Kernel, places: Places): Map<string, SourceInfo> {
  const options = { summary: "", schedules: [], places, spaceOf: (): Space => "arena" };
  return describeSources(kernel, options, createNames());
}

/** Every load and index of a Compute, those inside opaque terms too. */
export function allLoads(compute: Compute): Extract<Expr, { kind: "load" | "index" }>[] {
  const found: Extract<Expr, { kind: "load" | "index" }>[] = [];
  for (const expr of [compute.body, compute.init, compute.epilogue]) {
    if (expr === undefined) continue;
    walkExpr(expr, (inner) => {
      if (inner.kind === "load" || inner.kind === "index") found.push(inner);
    });
  }
  return found;
}
