/** Checks what Computes leave for later steps: scans that are one loop each, and temporaries that are whole before anybody updates them. */
import { extentsOf, intervalOf } from "../affine.js";
import { allLoads, loads, rootsOf } from "../loads.js";
import { isOrderly } from "./coverage.js";
import { reads, type Life } from "./life.js";
import { axesInScope, hasScan, stagesOf, type Stage } from "../scan.js";
import { isAffine, mentions, sameIndex, walkExpr } from "../walk.js";
import type { Compute, Expr, Kernel, Temporary } from "../ir.js";

/** Everything that is wrong with the scans of a kernel and what they carry; `lives` are those of its temporaries. */
export function scanProblems(kernel: Kernel, lives: readonly Life[]): string[] {
  const loops = hasScan(kernel) ? loopProblems(kernel) : [];
  return [
    ...loops,
    ...kernel.temporaries.flatMap((one, i) => lifeProblems(one, lives[i]!, kernel)),
  ];
}

/** An axis is one loop: who names it again elsewhere, or with another extent, means another. */
function loopProblems({ computes }: Kernel): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const extents = new Map<string, number>();
  const visit = (stages: readonly Stage[]): void => {
    for (const stage of stages) {
      if (stage.kind === "compute") continue;
      const { name } = stage.axis;
      if (seen.has(name)) problems.push(`scan axis ${name} is two loops`);
      seen.add(name);
      visit(stage.body);
    }
  };
  visit(stagesOf(computes));
  for (const { scan = [] } of computes)
    for (const { name, extent } of scan) {
      if ((extents.get(name) ?? extent) !== extent)
        problems.push(`scan axis ${name} has two extents`);
      extents.set(name, extent);
    }
  return problems;
}

function lifeProblems(
  { name, dims }: Temporary,
  { depth, makers, updaters }: Life,
  kernel: Kernel,
): string[] {
  const problems: string[] = [];
  for (const at of makers) {
    const { index, scan = [] } = kernel.computes[at]!;
    const moving = scan.find((axis) => index.some((one) => mentions(one, axis.name)));
    if (!index.every(isAffine)) problems.push(`${name}: it is made at an opaque index`);
    if (moving !== undefined)
      problems.push(
        `${name}: it is made anew for each ${moving.name}, but written at ${moving.name}`,
      );
  }
  for (const at of updaters) {
    const compute = kernel.computes[at]!;
    const problem = updateProblem(compute, dims, depth, kernel);
    if (problem !== undefined) problems.push(`${name}: compute ${at} ${problem}`);
  }
  return problems;
}

/** Only a later step can find something else than the one before, and only in memory. */
function updateProblem(
  compute: Compute,
  dims: readonly number[],
  depth: number,
  kernel: Kernel,
): string | undefined {
  const { target, scan = [], axes } = compute;
  if (scan.length <= depth) return "writes again what somebody has read, in no scan";
  if (dims.length === 0) return "updates a register";
  if (!isOrderly({ position: 0, compute, axes })) return "updates an element twice in one step";
  const alone = axes.every(({ extent }) => extent === 1);
  if (alone || !reads(compute, target)) return undefined;
  const own = rootsOf(compute).every((root) => readsOwnElement(root, compute));
  if (readsElsewhere(compute, kernel)) return undefined;
  const summed = compute.reduce.length > 0 && loads(compute.body, target);
  return own && !summed ? undefined : "reads elements of its target that it may have updated";
}

function readsOwnElement(root: Expr, { target, index }: Compute): boolean {
  let own = true;
  walkExpr(root, (inner) => {
    if (inner.kind === "load" && inner.source === target)
      own &&=
        inner.boundary === undefined && inner.index.every((one, d) => sameIndex(one, index[d]!));
  });
  return own;
}

/** Whether all that is read of a target lies beside all that is written, in one dimension. */
function readsElsewhere(compute: Compute, kernel: Kernel): boolean {
  const { target, index } = compute;
  const extents = extentsOf(axesInScope(kernel, compute));
  const written = index.map((one) => intervalOf(one, extents));
  return allLoads(compute).every((load) => {
    if (load.kind !== "load" || load.source !== target) return true;
    if (load.boundary !== undefined) return false;
    return load.index.some((one, d) => {
      const { min, max } = intervalOf(one, extents);
      return max < written[d]!.min || min > written[d]!.max;
    });
  });
}
