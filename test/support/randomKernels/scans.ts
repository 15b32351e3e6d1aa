/** Random kernels with scans: what each step leaves, the next one finds. */
import {
  addIndex,
  axisIndex,
  constantIndex,
  opaqueIndex,
} from "../../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  load,
  max,
  min,
  mul,
  sub,
  unary,
} from "../../../compiler/compute/expr.js";
import type { Axis, Compute, Expr, Index } from "../../../compiler/compute/ir.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, extent, kernelOf, loadAt, type } from "./build.js";

const small = (value: Expr): Expr => min(max(value, -4), 4);

/**
 * A recurrent layer: state[j] = f(x[t, j] + Σ w[j, k] · state[k]), out[t, j] = state[j], each row by itself, forwards
 * or backwards, the next state in scratch memory or first in the output.
 */
export function randomRecurrence(random: Random): Omit<RandomKernel, "family"> {
  const [n, t] = [axis("n", random.int(1, 3)), axis("t", random.int(1, 5))];
  const [j, k] = [axis("j", extent(random)), axis("k", 1)];
  const along: Axis = { ...k, extent: j.extent };
  const exact = random.chance(0.6);
  const outer = random.chance(0.5) ? [n] : [];
  const batch = outer.length > 0 ? [] : [n];
  const stateAxes = [...batch, j];
  const dims = stateAxes.map((one) => one.extent);
  const when: Index = random.chance(0.5)
    ? axisIndex(t)
    : { terms: [{ of: "t", coefficient: -1 }], constant: t.extent - 1 };
  const inSequence = (source: string): Expr => load(source, [when, axisIndex(n), axisIndex(j)]);
  const others = [...batch, along];
  const act = (value: Expr): Expr => (exact ? small(value) : unary("tanh", value));
  const computes: Compute[] = [
    {
      target: "state",
      axes: stateAxes,
      reduce: [],
      body: loadAt("initial", [n, j]),
      index: at(stateAxes),
    },
    {
      target: "next",
      scan: [t],
      axes: stateAxes,
      reduce: [along],
      combine: "sum",
      init: inSequence("x"),
      body: mul(loadAt("w", [j, along]), load("state", at(others))),
      epilogue: act(accumulator()),
      index: at(stateAxes),
    },
    {
      target: "state",
      scan: [t],
      axes: random.chance(0.5) ? stateAxes : [...stateAxes].reverse(),
      reduce: [],
      body: act(sub(loadAt("next", stateAxes), mul(loadAt("state", stateAxes), 0.5))),
      index: at(stateAxes),
    },
    {
      target: "out",
      scan: [t],
      axes: stateAxes,
      reduce: [],
      body: loadAt("state", stateAxes),
      index: [when, axisIndex(n), axisIndex(j)],
    },
  ];
  const shape = [t.extent, n.extent, j.extent];
  const kernel = kernelOf(
    { x: type(shape), w: type([j.extent, j.extent]), initial: type([n.extent, j.extent]) },
    type(shape),
    computes,
    {
      outer,
      temporaries: ["state", "next"].map((name) => ({ name, dtype: "f32", dims }) as const),
    },
  );
  return { kernel, exact };
}

/** Updates where an operand says: rows of a copy of `x` take what rows of `u` bring, in order. */
export function randomUpdates(random: Random): Omit<RandomKernel, "family"> {
  const [rows, w] = [axis("h", random.int(1, 5)), axis("w", extent(random))];
  const t = axis("t", random.int(1, 6));
  const chosen = opaqueIndex(load("i", [axisIndex(t)], "i32"), 0, rows.extent - 1);
  const target = [chosen, axisIndex(w)];
  const combine = random.pick(["last", "add", "max", "sub"] as const);
  const old = load("copy", target);
  const brought = loadAt("u", [t, w]);
  const body =
    combine === "last"
      ? brought
      : combine === "max"
        ? max(old, brought)
        : binary(combine, old, brought);
  const both = [rows, w];
  const kernel = kernelOf(
    {
      x: type([rows.extent, w.extent]),
      i: type([t.extent], "i32"),
      u: type([t.extent, w.extent]),
    },
    type([rows.extent, w.extent]),
    [
      { target: "copy", axes: both, reduce: [], body: loadAt("x", both), index: at(both) },
      { target: "copy", scan: [t], axes: [w], reduce: [], body, index: target },
      { target: "out", axes: both, reduce: [], body: loadAt("copy", both), index: at(both) },
    ],
    { temporaries: [{ name: "copy", dtype: "f32", dims: [rows.extent, w.extent] }] },
  );
  return { kernel, exact: true };
}

/** Scans in a scan, with a counter in memory that says where the inner one writes: a sort by counting, in passes. */
export function randomPasses(random: Random): Omit<RandomKernel, "family"> {
  const [p, t] = [axis("p", random.int(1, 3)), axis("t", extent(random, 8))];
  const h = axis("h", t.extent);
  const ZERO_OF_ONE = [constantIndex(0)];
  const [counter, element] = [load("counter", ZERO_OF_ONE, "i32"), load("list", [axisIndex(t)])];
  const count: Compute = {
    target: "counter",
    scan: [p, t],
    axes: [],
    reduce: [],
    body: add(counter, binary("mod", add(counter, random.int(1, 9)), random.int(2, 9))),
    index: ZERO_OF_ONE,
  };
  const place = opaqueIndex(binary("mod", counter, t.extent), 0, t.extent - 1);
  const list = (target: string, scan: readonly Axis[], source: Expr): Compute => ({
    target,
    ...(scan.length === 0 ? {} : { scan }),
    axes: [h],
    reduce: [],
    body: source,
    index: [axisIndex(h)],
  });
  const computes: Compute[] = [
    list("list", [], loadAt("x", [h])),
    { ...count, scan: [p], body: { kind: "constant", dtype: "i32", value: 0 } },
    list("sorted", [p], loadAt("list", [h])),
    count,
    {
      target: "sorted",
      scan: [p, t],
      axes: [],
      reduce: [],
      body: add(load("sorted", [place]), element),
      index: [place],
    },
    list("list", [p], mul(loadAt("sorted", [h]), 0.5)),
    {
      target: "out",
      axes: [h],
      reduce: [],
      body: load("list", [addIndex(axisIndex(h), 0)]),
      index: [axisIndex(h)],
    },
  ];
  const kernel = kernelOf({ x: type([t.extent]) }, type([t.extent]), computes, {
    temporaries: [
      { name: "list", dtype: "f32", dims: [t.extent] },
      { name: "counter", dtype: "i32", dims: [1] },
      { name: "sorted", dtype: "f32", dims: [t.extent] },
    ],
  });
  return { kernel, exact: true };
}
