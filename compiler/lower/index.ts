/** Compute + Schedule + Places => Stmt: the one lowering that every target shares. */
import { scalarOf, type Axis, type Kernel, type Scalar } from "../compute/ir.js";
import { stagesOf, type Stage } from "../compute/scan.js";
import type { Places } from "../place/place.js";
import { placeProblems } from "../place/verify.js";
import type { Schedule } from "../schedule/schedule.js";
import type { KernelFunction, Memory, Parameter, Space } from "../loop/stmt.js";
import { widened, type Storage } from "../loop/storage.js";
import { accessResolver } from "../place/accesses.js";
import type { Instance, Position } from "./instance.js";
import { lowerCompute, lowerScalar } from "./nest.js";
import type { NestContext } from "./nestContext.js";
import { cutSums } from "./partialSums.js";
import { closeScope, createNames, inLoop, openScope, type Names, type Scope } from "./scope.js";

export interface LowerOptions {
  readonly summary: string;
  /** One schedule per Compute. */
  readonly schedules: readonly Schedule[];
  /** By kernel input, constant, dimensioned temporary, and "out". */
  readonly places: Places;
  /** The memory of each of those. */
  spaceOf(source: string): Space;
  /** How elements of each lie there: as scalars by default. */
  storageOf?(source: string): Storage | undefined;
}

/**
 * A kernel function whose parameters are the addresses where its places begin. Throws a plain Error where
 * a schedule or place is illegal for the kernel.
 */
export function lowerKernel(whole: Kernel, options: LowerOptions): KernelFunction {
  const { kernel, schedules } = cutSums(whole, options.schedules);
  checkTemporaries(kernel, options.places);
  const names = createNames();
  const sources = describeSources(kernel, options, names);
  const used = new Set<string>();
  const resolve = accessResolver(kernel, options.places);
  const context: NestContext = {
    names,
    registers: new Map(),
    tables: new Map(kernel.constants.map(({ name, value }) => [name, value])),
    parameter(source) {
      const found = sources.get(source);
      if (found === undefined) throw new Error(`${source} has no place`);
      used.add(source);
      return found;
    },
    access: (compute, { fuse }, load) => resolve(compute, fuse, load),
  };
  const root = openScope(undefined);
  const scalars = new Set(
    kernel.temporaries.flatMap(({ name, dims }) => (dims.length === 0 ? [name] : [])),
  );
  overOuter(kernel, names, root, (scope, outer) => {
    const lower = (position: number, at: Scope, around: Instance): void => {
      const compute = kernel.computes[position]!;
      const isScalar = scalars.has(compute.target);
      const schedule = schedules[position]!;
      (isScalar ? lowerScalar : lowerCompute)(compute, schedule, context, at, around);
    };
    overStages(stagesOf(kernel.computes), names, scope, outer, lower);
  });
  const parameters = [...sources]
    .filter(([source]) => used.has(source))
    .map(([source, { name, memory }]): Parameter => ({ name, source, ...memory }));
  return { summary: options.summary, parameters, body: closeScope(root) };
}

/** What is scratch memory for one step has to hold every element, and no margin: nothing fills it. */
function checkTemporaries(kernel: Kernel, places: Places): void {
  for (const { name, dims } of kernel.temporaries) {
    const place = dims.length > 0 && Object.hasOwn(places, name) ? places[name] : undefined;
    if (place === undefined) continue;
    const problems = placeProblems(place, dims);
    if (place.margin?.some(([before, after]) => before + after > 0)) problems.push("has a margin");
    if (problems.length > 0) throw new Error(`temporary ${name} ${problems.join(", ")}`);
  }
}

interface SourceInfo {
  readonly name: string;
  readonly memory: Memory;
  readonly dims: readonly number[];
}

/** Inputs, tables, dimensioned temporaries and the output, named by the operands that they are. */
function describeSources(
  kernel: Kernel,
  options: LowerOptions,
  names: Names,
): Map<string, SourceInfo> {
  const sources = new Map<string, SourceInfo>();
  const add = (source: string, base: string, scalar: Scalar, dims: readonly number[]): void => {
    const dtype = options.storageOf?.(source) ?? scalar;
    if (widened(dtype) !== scalar) throw new Error(`${source} is ${scalar}, stored as ${dtype}`);
    const memory = { dtype, space: options.spaceOf(source) };
    sources.set(source, { name: names.fresh(base), memory, dims });
  };
  for (const { name, operand, type } of kernel.inputs)
    add(name, operand ?? "x", scalarOf(type.dtype), type.dims);
  for (const { name, value } of kernel.constants)
    add(name, "table", scalarOf(value.type.dtype), value.type.dims);
  for (const { name, dtype, dims } of kernel.temporaries)
    if (dims.length > 0) add(name, name, dtype, dims);
  add("out", "out", scalarOf(kernel.output.dtype), kernel.output.dims);
  return sources;
}

/** Scans are plain loops around what their steps run. */
function overStages(
  stages: readonly Stage[],
  names: Names,
  scope: Scope,
  around: Instance,
  lower: (position: number, scope: Scope, around: Instance) => void,
): void {
  for (const stage of stages) {
    if (stage.kind === "compute") {
      lower(stage.position, scope, around);
      continue;
    }
    const { axis, body } = stage;
    const within = (at: Scope, variable: string | undefined): void =>
      overStages(body, names, at, new Map([...around, [axis.name, stepOf(axis, variable)]]), lower);
    if (axis.extent === 1) within(scope, undefined);
    else {
      const variable = names.fresh(axis.name);
      const range = { from: 0, to: axis.extent, step: 1 };
      inLoop(scope, variable, range, (at) => within(at, variable));
    }
  }
}

/** Where an axis stands in a loop of single steps; without a variable it has but one. */
function stepOf({ extent }: Axis, variable: string | undefined): Position {
  const step = variable === undefined ? 0 : 1;
  return { variable, last: extent - 1, step, offset: 0, lanes: 1, count: 1 };
}

/** Outer axes are plain loops around all Computes. */
function overOuter(
  kernel: Kernel,
  names: Names,
  root: Scope,
  body: (scope: Scope, instance: Instance) => void,
): void {
  const open = (depth: number, scope: Scope, instance: Instance): void => {
    const axis = kernel.outer[depth];
    if (axis === undefined) return body(scope, instance);
    const inner = (at: Scope, variable: string | undefined): void =>
      open(depth + 1, at, new Map([...instance, [axis.name, stepOf(axis, variable)]]));
    if (axis.extent === 1) return inner(scope, undefined);
    const variable = names.fresh(axis.name);
    inLoop(scope, variable, { from: 0, to: axis.extent, step: 1 }, (at) => inner(at, variable));
  };
  open(0, root, new Map());
}
