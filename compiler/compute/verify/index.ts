/** Checks that a Kernel means something: names, dtypes, bounds, and that `out` is written exactly once. */
import { intervalOf, type Extents } from "../affine.js";
import { axesAround } from "../scan.js";
import { exprMentions, isAffine, mentions, opaqueValues, walkExpr } from "../walk.js";
import { scalarOf, type Axis, type Compute, type Index, type Kernel, type Scalar } from "../ir.js";
import { checkExpr, checkIndex, type ExprScope, type Source } from "./expression.js";
import { coverageProblems } from "./coverage.js";
import { lifeOf } from "./life.js";
import { scanProblems } from "./scans.js";

/** Everything that is wrong with a kernel; empty for a legal one. */
export function kernelProblems(kernel: Kernel): string[] {
  const problems: string[] = [];
  const report = (message: string): void => void problems.push(message);
  const sources = collectSources(kernel, report);
  checkAxes(kernel.outer, [], "outer", report);
  kernel.computes.forEach((compute, position) => {
    const where = `compute ${position} (${compute.target})`;
    checkCompute(compute, kernel, visibleSources(kernel, sources, position), (message) =>
      report(`${where}: ${message}`),
    );
  });
  // Only sound computes can be asked what they write.
  if (problems.length > 0) return problems;
  const lives = kernel.temporaries.map(({ name }) => lifeOf(kernel, name));
  problems.push(...scanProblems(kernel, lives), ...coverageProblems(kernel, lives));
  return problems;
}

type Report = (message: string) => void;

/** What can be loaded: inputs, tables and temporaries, by name. */
function collectSources(kernel: Kernel, report: Report): Map<string, Source> {
  const sources = new Map<string, Source>();
  const add = (name: string, source: Source): void => {
    if (name === "out" || sources.has(name)) report(`${name} is declared twice`);
    const wrong = source.dims.find((dim) => !Number.isSafeInteger(dim) || dim < 1);
    if (wrong !== undefined) report(`${name} has a dimension of ${wrong}`);
    sources.set(name, source);
  };
  for (const { name, type } of kernel.inputs)
    add(name, { dims: type.dims, dtype: scalarOf(type.dtype) });
  for (const { name, value } of kernel.constants)
    add(name, { dims: value.type.dims, dtype: scalarOf(value.type.dtype) });
  for (const { name, dims, dtype } of kernel.temporaries) add(name, { dims, dtype });
  return sources;
}

/** A temporary may be loaded once a Compute before has written it. */
function visibleSources(
  kernel: Kernel,
  sources: ReadonlyMap<string, Source>,
  position: number,
): ReadonlyMap<string, Source> {
  if (kernel.temporaries.length === 0) return sources;
  const before = kernel.computes.slice(0, position);
  const unwritten = kernel.temporaries.filter(
    ({ name }) => !before.some((compute) => compute.target === name),
  );
  const visible = new Map(sources);
  for (const { name } of unwritten) visible.delete(name);
  return visible;
}

function checkAxes(
  axes: readonly Axis[],
  outer: readonly Axis[],
  kind: string,
  report: Report,
): void {
  axes.forEach(({ name, extent }, position) => {
    const known = [...outer, ...axes.slice(0, position)].some((other) => other.name === name);
    if (known) report(`${kind} axis ${name} is declared twice`);
    if (!Number.isSafeInteger(extent) || extent < 1)
      report(`${kind} axis ${name} has an extent of ${extent}`);
  });
}

function checkCompute(
  compute: Compute,
  kernel: Kernel,
  sources: ReadonlyMap<string, Source>,
  report: Report,
): void {
  const around = axesAround(kernel, compute);
  const output = [...around, ...compute.axes];
  checkAxes(compute.scan ?? [], kernel.outer, "scan", report);
  checkAxes(compute.axes, around, "output", report);
  checkAxes(compute.reduce, output, "reduce", report);
  const outputScope = scopeOf(output, sources, report);
  const bodyScope = scopeOf([...output, ...compute.reduce], sources, report);
  checkExpr(compute.body, bodyScope);
  if (compute.init !== undefined) checkExpr(compute.init, outputScope);
  if (compute.epilogue !== undefined)
    checkExpr(compute.epilogue, { ...outputScope, accumulator: compute.body.dtype });
  checkReduction(compute, report);
  checkTarget(compute, kernel, outputScope);
}

function scopeOf(
  axes: readonly Axis[],
  sources: ReadonlyMap<string, Source>,
  report: Report,
): ExprScope {
  const extents: Extents = new Map(axes.map((axis) => [axis.name, axis.extent]));
  return { extents, sources, report };
}

function checkReduction(compute: Compute, report: Report): void {
  const { reduce, combine, init, body } = compute;
  if (combine === undefined && reduce.length > 0) report("reduces without a combine");
  if (reduce.length === 0 && init !== undefined) report("has an init without reduce axes");
  if (combine !== undefined && body.dtype === "bool") report(`combines bool by ${combine}`);
  if (init !== undefined && init.dtype !== body.dtype)
    report(`init is ${init.dtype}, the body ${body.dtype}`);
}

function targetOf(kernel: Kernel, name: string): Source | undefined {
  if (name === "out") return { dims: kernel.output.dims, dtype: scalarOf(kernel.output.dtype) };
  return kernel.temporaries.find((temporary) => temporary.name === name);
}

function checkTarget(compute: Compute, kernel: Kernel, scope: ExprScope): void {
  const { report } = scope;
  const target = targetOf(kernel, compute.target);
  if (target === undefined) return report(`${compute.target} is neither out nor a temporary`);
  const dtype: Scalar = (compute.epilogue ?? compute.body).dtype;
  if (dtype !== target.dtype) report(`writes ${dtype} to ${target.dtype}`);
  if (compute.index.length !== target.dims.length)
    return report(`${compute.index.length} indices for ${target.dims.length} dimensions`);
  compute.index.forEach((index, d) => checkTargetIndex(index, d, target, compute, kernel, scope));
}

/** In a scan a temporary may be updated where integers say, but not where its own axes would choose. */
function updatesByChoice({ target, scan, axes }: Compute, index: Index): boolean {
  if (scan === undefined || target === "out") return false;
  return opaqueValues([index]).every((value) => {
    let whole = true;
    walkExpr(value, (inner) => (whole &&= inner.dtype !== "f32"));
    return whole && axes.every(({ name }) => !exprMentions(value, name));
  });
}

function checkTargetIndex(
  index: Index,
  d: number,
  target: Source,
  compute: Compute,
  kernel: Kernel,
  scope: ExprScope,
): void {
  const { report } = scope;
  if (!isAffine(index) && !updatesByChoice(compute, index))
    return report(`writes at an opaque index in dimension ${d}`);
  if (!checkIndex(index, scope)) return;
  const { min, max } = intervalOf(index, scope.extents);
  if (min < 0 || max >= target.dims[d]!)
    report(`writes at ${min} to ${max} in dimension ${d} of ${target.dims[d]}`);
  const outer = kernel.outer.find(({ name }) => mentions(index, name));
  if (outer !== undefined && compute.target !== "out")
    report(`a temporary lives within one ${outer.name}, but is written at ${outer.name}`);
}
