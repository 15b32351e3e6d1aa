/** Faults in how rows of maps are made, kept and read in the loops of their readers. */
import { addIndex } from "../../../compiler/compute/affine.js";
import { constant, mapCompute } from "../../../compiler/compute/expr.js";
import type { Compute, Expr, Index } from "../../../compiler/compute/ir.js";
import { mapExpr } from "../../../compiler/compute/walk.js";
import type { Program, ProgramKernel } from "../../../compiler/program/program.js";
import { randomStripGraph } from "../randomStripGraph.js";
import { withKernel, type Plant } from "./plant.js";

type Change = (compute: Compute, kernel: ProgramKernel) => Compute | readonly Compute[] | undefined;

/** The first Compute of a strip, of so many nodes, that can be changed so. */
function changing(change: Change, nodes = 2): Plant["spoil"] {
  return (program: Program) => {
    for (const one of program.kernels) {
      const { kernel } = one;
      if (one.covers.length < nodes || kernel.temporaries.length === 0) continue;
      for (const [at, compute] of kernel.computes.entries()) {
        const changed = change(compute, one);
        if (changed === undefined) continue;
        const computes = kernel.computes.toSpliced(at, 1, ...[changed].flat());
        return withKernel(program, one, { kernel: { ...kernel, computes } });
      }
    }
    return undefined;
  };
}

const inStep = ({ scan, target }: Compute): boolean => scan !== undefined && target !== "out";

const isMove = ({ body, target }: Compute): boolean =>
  body.kind === "load" && body.source === target;

/** The last of a strip's rows is what it was in the step before. */
const tooShort: Change = (compute) => {
  const row = compute.axes.find(({ name, extent }) => /^(oh|h|x|i1)$/.test(name) && extent > 1);
  if (!inStep(compute) || isMove(compute) || row === undefined) return undefined;
  if (compute.body.kind === "constant") return undefined;
  const axes = compute.axes.map((axis) =>
    axis === row ? { ...axis, extent: axis.extent - 1 } : axis,
  );
  return { ...compute, axes };
};

/** Rows that are kept do not move to where they are read. */
const notMoved: Change = (compute) => (inStep(compute) && isMove(compute) ? [] : undefined);

/** Another number is beyond the edges. */
const otherFill: Change = (compute, { kernel }) => {
  const { target, body, scan } = compute;
  if (scan !== undefined || target === "out" || body.kind !== "constant") return undefined;
  const { dims } = kernel.temporaries.find(({ name }) => name === target)!;
  return dims.length > 0 ? { ...compute, body: constant(body.value + 3, body.dtype) } : undefined;
};

/** Whatever is loaded of a source is that of the row before. */
function rowBefore(expr: Expr, source: string, at: number): Expr {
  return mapExpr(expr, (inner) => {
    if (inner.kind !== "load" || inner.source !== source) return undefined;
    const index = inner.index.map((one, d): Index => (d === at ? addIndex(one, -1) : one));
    return { ...inner, index };
  });
}

/** A copy of the input, rows of which are made before they are read, mixes up two dimensions of the same length. */
const otherCopy: Change = (compute) => {
  const { body, axes } = compute;
  if (compute.target === "out" || body.kind !== "load" || isMove(compute)) return undefined;
  const { index } = body;
  const at = axes.length - 1;
  if (compute.reduce.length > 0 || axes[1]!.extent !== axes[at]!.extent) return undefined;
  return { ...compute, body: { ...body, index: index.with(1, index[at]!).with(at, index[1]!) } };
};

/** Rows are written one further up than they are read. */
const writtenAbove: Change = (compute) => {
  if (!inStep(compute) || isMove(compute) || compute.body.kind === "constant") return undefined;
  const at = [1, 2].find((d) => (compute.index[d]?.constant ?? 0) > 0);
  if (at === undefined) return undefined;
  return { ...compute, index: compute.index.with(at, addIndex(compute.index[at]!, -1)) };
};

/** A part of a chain computes the rows before those that it should. */
const otherRows: Change = (compute, { kernel }) => {
  if (!inStep(compute) || compute.body.kind === "constant" || isMove(compute)) return undefined;
  const input = kernel.inputs.find(({ constant: fixed }) => fixed !== true);
  if (input === undefined) return undefined;
  for (const at of [2, 1]) {
    let found = false;
    mapExpr(compute.body, (inner) => {
      if (inner.kind === "load" && inner.source === input.name)
        found ||= (inner.index[at]?.constant ?? 0) > 0 && inner.boundary === undefined;
      return undefined;
    });
    if (found) return mapCompute(compute, (expr) => rowBefore(expr, input.name, at));
  }
  return undefined;
};

const strips = { cache: 0, room: 2 ** 10 };
const drawn = { pass: "fuse-strips", draw: randomStripGraph, strips } as const;

export const STRIP_PLANTS: readonly Plant[] = [
  { ...drawn, fault: "a strip is one row short", spoil: changing(tooShort) },
  { ...drawn, fault: "rows that are kept stay where they were", spoil: changing(notMoved) },
  { ...drawn, from: 26, fault: "another number is beyond the edges", spoil: changing(otherFill) },
  { ...drawn, fault: "a strip is of the rows before", spoil: changing(otherRows) },
  { ...drawn, fault: "a copy in strips is of other elements", spoil: changing(otherCopy, 1) },
  { ...drawn, fault: "rows are written beside their place", spoil: changing(writtenAbove) },
];
