/** Compute + Schedule + Places => Stmt: the one lowering that every target shares. */
import type { Kernel } from "../compute/ir.js";
import { scalarOf } from "../compute/ir.js";
import type { Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import type { KernelFunction, Memory, Parameter, Space } from "../loop/stmt.js";
import { accessResolver } from "../place/accesses.js";
import type { Instance } from "./instance.js";
import { lowerCompute, lowerScalar } from "./nest.js";
import type { NestContext } from "./nestContext.js";
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
  const resolve = accessResolver(kernel, options.places);
  const context: NestContext = {
    names,
    registers: new Map(),
    parameter(source) {
      const found = sources.get(source);
      if (found === undefined) throw new Error(`${source} has no place`);
      used.add(source);
      return found;
    },
    access: (compute, { fuse }, load) => resolve(compute, fuse, load),
  };
  const root = openScope(undefined);
  overOuter(kernel, names, root, 0, new Map(), (scope, outer) => {
    kernel.computes.forEach((compute, i) => {
      const scalar = kernel.temporaries.some(
        ({ name, dims }) => name === compute.target && dims.length === 0,
      );
      (scalar ? lowerScalar : lowerCompute)(compute, options.schedules[i]!, context, scope, outer);
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
function overOuter(
  kernel: Kernel,
  names: Names,
  scope: Scope,
  depth: number,
  instance: Instance,
  body: (scope: Scope, instance: Instance) => void,
): void {
  const axis = kernel.outer[depth];
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
  overOuter(kernel, names, inner, depth + 1, new Map([...instance, [axis.name, position]]), body);
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
