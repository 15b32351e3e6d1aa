/** What the verifier of kernels reports: faults of every kind, each in a kernel that is sound otherwise. */
import { describe, expect, it } from "vitest";
import {
  addIndex,
  axisIndex,
  constantIndex,
  indexExpr,
  opaqueIndex,
  scaleIndex,
  ZERO,
} from "../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  constant,
  load,
  mul,
  select,
  unary,
} from "../../compiler/compute/expr.js";
import type { Compute, Expr, Kernel } from "../../compiler/compute/ir.js";
import { kernelProblems } from "../../compiler/compute/verify/index.js";
import { opKernels } from "../support/opKernels.js";
import { COMPUTE, k, KERNEL, n, w, x } from "./soundKernel.js";

const withCompute = (change: Partial<Compute>): Kernel => ({
  ...KERNEL,
  computes: [{ ...COMPUTE, ...change }],
});
const bodyOf = (body: Expr): Kernel => withCompute({ body });

describe("kernelProblems", () => {
  it("finds nothing wrong with the kernels of ops", () => {
    const kernels = opKernels();
    expect(kernels.length).toBeGreaterThan(300);
    for (const { title, kernel } of kernels) expect(kernelProblems(kernel), title).toEqual([]);
  });

  it.each<[string, Kernel]>([
    ["output axis n is declared twice", withCompute({ axes: [n!, w!, n!] })],
    ["reduce axis w is declared twice", withCompute({ reduce: [k!, w!] })],
    ["outer axis n has an extent of 0", { ...KERNEL, outer: [{ name: "n", extent: 0 }] }],
    ["output axis w has an extent of 1.5", withCompute({ axes: [n!, { name: "w", extent: 1.5 }] })],
    ["x is declared twice", { ...KERNEL, inputs: [...KERNEL.inputs, KERNEL.inputs[0]!] }],
    [
      "out is declared twice",
      { ...KERNEL, temporaries: [{ name: "out", dtype: "f32", dims: [] }] },
    ],
    ["y is neither out nor a temporary", withCompute({ target: "y" })],
    ["1 indices for 2 dimensions", withCompute({ index: [axisIndex("n")] })],
    ["axis k is not in scope", withCompute({ init: load("x", [ZERO, axisIndex("k")]) })],
    ["axis k is not in scope", withCompute({ epilogue: load("x", [ZERO, axisIndex("k")]) })],
    ["axis k is not in scope", withCompute({ index: [axisIndex("n"), axisIndex("k")] })],
    ["the accumulator is read outside an epilogue", bodyOf(accumulator())],
    ["the accumulator is read outside an epilogue", withCompute({ init: accumulator() })],
    [
      "the accumulator is f32, read as i32",
      withCompute({ epilogue: cast("f32", accumulator("i32")) }),
    ],
    [
      "reduces without a combine",
      { ...KERNEL, computes: [(({ combine: _, ...rest }) => rest)(COMPUTE)] },
    ],
    ["init is i32, the body f32", withCompute({ init: constant(0, "i32") })],
    ["writes bool to f32", withCompute({ epilogue: binary("lt", accumulator(), 0) })],
    ["combines bool by sum", bodyOf(binary("lt", x, 0))],
    ["y is not declared, or not yet written", bodyOf(load("y", []))],
    ["x is f32, loaded as i32", bodyOf(cast("f32", load("x", [ZERO, ZERO], "i32")))],
    ["x has 2 dimensions, loaded at 1 indices", bodyOf(load("x", [ZERO]))],
    [
      "x is loaded at -1 to 6 in dimension 1 of 8",
      bodyOf(load("x", [ZERO, addIndex(axisIndex("w"), axisIndex("k"), -1)])),
    ],
    [
      "x is loaded at 1 to 8 in dimension 1 of 8",
      bodyOf(load("x", [ZERO, addIndex(axisIndex("w"), axisIndex("k"), 1)])),
    ],
    [
      "x is loaded at 0 to 8 in dimension 1 of 8",
      bodyOf(load("x", [ZERO, opaqueIndex(load("rows", [axisIndex("w")], "i32"), 0, 8)])),
    ],
    ["an opaque index is f32", bodyOf(load("x", [ZERO, opaqueIndex(constant(1), 0, 3)]))],
    [
      "an opaque index is clamped to 3 to 1",
      bodyOf(load("x", [ZERO, opaqueIndex(constant(1, "i32"), 3, 1)])),
    ],
    ["an index multiplies by 0.5", bodyOf(load("x", [ZERO, scaleIndex(axisIndex("k"), 0.5)]))],
    ["an index adds 0.5", bodyOf(cast("f32", indexExpr(addIndex(axisIndex("k"), 0.5))))],
    ["the constant 0.5 is no i32", bodyOf(cast("f32", constant(0.5, "i32")))],
    ["add of f32 and i32", bodyOf({ ...add(x, x), right: constant(1, "i32") } as Expr)],
    ["add of f32 as i32", bodyOf(cast("f32", { ...add(x, x), dtype: "i32" } as Expr))],
    ["shl of f32 and f32", bodyOf(binary("shl", x, x))],
    ["lt of f32 as f32", bodyOf({ ...binary("lt", x, x), dtype: "f32" } as Expr)],
    ["sqrt of i32", bodyOf(cast("f32", unary("sqrt", constant(1, "i32"))))],
    ["not of f32", bodyOf(unary("not", x))],
    ["select on f32", bodyOf(select(x, x, x))],
    [
      "select of f32 and i32 as f32",
      bodyOf({ ...select(binary("lt", x, 0), x, x), otherwise: constant(1, "i32") } as Expr),
    ],
    [
      "6 writes for 12 elements",
      withCompute({
        axes: [w!],
        index: [ZERO, axisIndex("w")],
        body: load("x", [ZERO, axisIndex("k")]),
      }),
    ],
    [
      "writes at 1 to 2 in dimension 0 of 2",
      withCompute({ index: [addIndex(axisIndex("n"), 1), axisIndex("w")] }),
    ],
    [
      "writes at an opaque index in dimension 1",
      withCompute({
        index: [axisIndex("n"), opaqueIndex(load("rows", [axisIndex("w")], "i32"), 0, 5)],
      }),
    ],
  ])("reports: %s", (message, kernel) => {
    expect(kernelProblems(kernel).join("\n")).toContain(message);
  });

  it("reports all problems at once, each with its Compute", () => {
    const kernel = withCompute({ body: load("y", []), epilogue: unary("not", accumulator()) });
    expect(kernelProblems(kernel).join("\n")).toMatch(
      /^compute 0 \(out\): y is not declared[^\n]*\ncompute 0 \(out\): not of f32/,
    );
    expect(kernelProblems(KERNEL)).toEqual([]);
  });
});

describe("temporaries", () => {
  const t = load("t", [axisIndex("w")]);
  const write: Compute = {
    target: "t",
    axes: [w!],
    reduce: [],
    body: constant(2),
    index: [axisIndex("w")],
  };
  const read: Compute = { ...COMPUTE, axes: [w!], body: mul(x, t) };
  const staged = (...computes: readonly Compute[]): Kernel => ({
    ...KERNEL,
    outer: [n!],
    temporaries: [{ name: "t", dtype: "f32", dims: [6] }],
    computes,
  });
  const part = (start: number, extent: number): Compute => ({
    ...write,
    axes: [{ name: "w", extent }],
    index: [addIndex(axisIndex("w"), start)],
  });

  it("may be written in parts, then read", () => {
    expect(kernelProblems(staged(write, read))).toEqual([]);
    expect(kernelProblems(staged(part(0, 2), part(2, 4), read))).toEqual([]);
  });

  it.each<[string, Kernel]>([
    ["t is not declared, or not yet written", staged(read, write)],
    ["2 writes for 6 elements", staged(part(0, 2), read)],
    [
      "compute 2 writes again what somebody has read, in no scan",
      staged(part(0, 2), read, part(2, 4)),
    ],
    [
      "a temporary lives within one n, but is written at n",
      staged(
        { ...write, index: [addIndex(scaleIndex(axisIndex("n"), 0), axisIndex("w"))] },
        {
          ...write,
          axes: [{ name: "i0", extent: 5 }],
          index: [addIndex(axisIndex("i0"), axisIndex("n"))],
        },
        read,
      ),
    ],
  ])("reports: %s", (message, kernel) => {
    expect(kernelProblems(kernel).join("\n")).toContain(message);
  });

  const s = { name: "s", extent: 4 };
  const step = (more: Partial<Compute>): Compute => ({ ...write, scan: [s], ...more });
  const chosen = opaqueIndex(load("rows", [axisIndex("w")], "i32"), 0, 5);
  const byStep = opaqueIndex(load("rows", [axisIndex("s")], "i32"), 0, 5);

  it("may be updated in a scan, each element by itself or where integers say", () => {
    const update = step({ body: mul(t, 2) });
    const scattered = step({ axes: [], body: load("t", [constantIndex(1)]), index: [byStep] });
    expect(kernelProblems(staged(write, update, scattered, read))).toEqual([]);
    // Made anew in every step.
    expect(kernelProblems(staged(step({}), { ...read, scan: [s], target: "u" }))).not.toContain(
      "t:",
    );
  });

  it.each<[string, Kernel]>([
    ["t is not declared, or not yet written", staged(step({ body: mul(t, 2) }), read)],
    ["t: 0 writes for 6 elements", staged(step({}), read)],
    ["t: 2 writes for 6 elements", staged(part(0, 2), step({ body: mul(t, 2) }), read)],
    [
      "t: compute 1 reads elements of its target that it may have updated",
      staged(write, step({ body: load("t", [addIndex(scaleIndex(axisIndex("w"), -1), 5)]) }), read),
    ],
    [
      "t: compute 1 reads elements of its target that it may have updated",
      staged(write, step({ body: t, reduce: [k!], combine: "sum" }), read),
    ],
    ["writes at an opaque index", staged(write, step({ index: [chosen] }), read)],
    ["writes at an opaque index", staged({ ...write, index: [byStep] }, read)],
    [
      "t: it is made at an opaque index",
      staged(step({ axes: [], index: [byStep] }), { ...read, scan: [s] }),
    ],
    [
      "t: compute 1 updates an element twice in one step",
      staged(write, step({ index: [constantIndex(2)] }), read),
    ],
    [
      "scan axis s is two loops",
      staged(write, step({ body: mul(t, 2) }), read, step({ body: mul(t, 3) })),
    ],
    [
      "scan axis s has two extents",
      staged(write, step({ body: t }), step({ body: t, scan: [{ ...s, extent: 3 }] }), read),
    ],
    ["scan axis n is declared twice", staged(write, step({ scan: [n!], body: mul(t, 2) }), read)],
    ["out: 48 writes for 12 elements", staged(write, { ...read, scan: [s] })],
  ])("reports of scans: %s", (message, kernel) => {
    expect(kernelProblems(kernel).join("\n")).toContain(message);
  });

  it("that is a register is not carried from step to step", () => {
    const register: Compute = { ...write, axes: [], index: [] };
    const kernel = staged(
      register,
      { ...register, scan: [s], body: mul(load("t", []), 2) },
      { ...COMPUTE, axes: [w!], body: mul(x, load("t", [])) },
    );
    const problems = kernelProblems({
      ...kernel,
      temporaries: [{ name: "t", dtype: "f32", dims: [] }],
    });
    expect(problems.join("\n")).toContain("t: compute 1 updates a register");
  });
});
