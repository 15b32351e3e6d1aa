/** Random kernels of several Computes below outer axes: softmax, normalisation, arg-max. */
import { addIndex, axisIndex, indexExpr, ZERO } from "../../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  div,
  load,
  mul,
  select,
  sub,
  unary,
} from "../../../compiler/compute/expr.js";
import type { Axis, Compute, Expr } from "../../../compiler/compute/ir.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, extent, kernelOf, loadAt, type } from "./build.js";

/** Up to two outer axes, and one or two that are gone through again and again. */
function split(random: Random): { readonly outer: Axis[]; readonly along: Axis[] } {
  const all = [
    axis("n", random.int(1, 3)),
    axis("c", extent(random, 7)),
    axis("w", extent(random)),
  ];
  const count = random.int(1, 2);
  const rotated = random.chance(0.5) ? all : [all[0]!, all[2]!, all[1]!];
  return { outer: rotated.slice(0, 3 - count), along: rotated.slice(3 - count) };
}

const extentsOf = (axes: readonly Axis[]): number[] => axes.map((one) => one.extent);
const inOrder = (axes: readonly Axis[]): Axis[] =>
  ["n", "c", "w"].flatMap((name) => axes.filter((one) => one.name === name));

function scalar(
  target: string,
  along: readonly Axis[],
  combine: "sum" | "max",
  body: Expr,
): Compute {
  return { target, axes: [], reduce: along, combine, body, index: [] };
}

/** max, exponentials in scratch memory, their sum, the quotients. */
export function randomSoftmax(random: Random): Omit<RandomKernel, "family"> {
  const { outer, along } = split(random);
  const all = inOrder([...outer, ...along]);
  const x = loadAt("x", all);
  const scratch = loadAt("e", along);
  const margin = random.int(0, 1);
  const out: Compute = {
    target: "out",
    axes: random.chance(0.5) ? along : [...along].reverse(),
    reduce: [],
    body: div(scratch, load("sum", [])),
    index: at(all),
  };
  const exponentials = unary("exp", sub(x, load("max", [])));
  const kernel = kernelOf(
    { x: type(extentsOf(all)) },
    type(extentsOf(all)),
    [
      scalar("max", along, "max", x),
      { target: "e", axes: along, reduce: [], body: exponentials, index: at(along) },
      scalar("sum", along, "sum", margin === 1 ? add(scratch, 0) : scratch),
      out,
    ],
    {
      outer,
      temporaries: [
        { name: "max", dtype: "f32", dims: [] },
        { name: "e", dtype: "f32", dims: extentsOf(along) },
        { name: "sum", dtype: "f32", dims: [] },
      ],
    },
  );
  return { kernel, exact: false };
}

/**
 * Mean, variance, then the normalised values with scale and shift; or sums alone, which are exact. Statistics are
 * registers, or scratch memory with those of a whole axis side by side.
 */
export function randomNormalization(random: Random): Omit<RandomKernel, "family"> {
  const { outer: around, along } = split(random);
  const all = inOrder([...around, ...along]);
  const beside = random.chance(0.5) ? around.slice(-1) : [];
  const outer = around.slice(0, around.length - beside.length);
  const exact = random.chance(0.5);
  const x = loadAt("x", all);
  const count = along.reduce((product, one) => product * one.extent, 1);
  const centred = sub(x, loadAt("mean", beside));
  const spread = unary("sqrt", add(mul(accumulator(), 1 / count), 1e-5));
  const inner = along.slice(-1);
  const result = add(mul(mul(centred, loadAt("scale", inner)), loadAt("inverse", beside)), 1);
  const temporaries = ["mean", "inverse"].map(
    (name) => ({ name, dtype: "f32", dims: extentsOf(beside) }) as const,
  );
  const statistic = (...given: Parameters<typeof scalar>): Compute => {
    return { ...scalar(...given), axes: beside, index: at(beside) };
  };
  const kernel = kernelOf(
    { x: type(extentsOf(all)), scale: type(extentsOf(inner)) },
    type(extentsOf(all)),
    [
      {
        ...statistic("mean", along, "sum", x),
        epilogue: mul(accumulator(), exact ? 0.25 : 1 / count),
      },
      {
        ...statistic(
          "inverse",
          along,
          exact ? "max" : "sum",
          exact ? centred : mul(centred, centred),
        ),
        ...(exact ? {} : { epilogue: div(1, spread) }),
      },
      { target: "out", axes: [...beside, ...along], reduce: [], body: result, index: at(all) },
    ],
    { outer, temporaries },
  );
  return { kernel, exact };
}

/** The extreme first, then the first place that has it, an index as a value. */
export function randomArgExtreme(random: Random): Omit<RandomKernel, "family"> {
  const { outer, along: both } = split(random);
  const along = both.slice(0, 1);
  const rest = both.slice(1);
  const all = inOrder([...outer, ...both]);
  const x = load(
    "x",
    all.map((one) => (rest.includes(one) ? ZERO : axisIndex(one))),
  );
  const found = binary("or", binary("eq", x, load("max", [])), unary("isnan", x));
  const place = select(found, indexExpr(addIndex(axisIndex(along[0]!), 1)), along[0]!.extent + 1);
  const left = inOrder(outer);
  const kernel = kernelOf(
    { x: type(all.map((one) => (rest.includes(one) ? 1 : one.extent))) },
    type(extentsOf(left), "i32"),
    [
      scalar("max", along, "max", x),
      {
        target: "out",
        axes: [],
        reduce: along,
        combine: "min",
        body: place,
        epilogue: sub(accumulator("i32"), 1),
        index: at(left),
      },
    ],
    { outer, temporaries: [{ name: "max", dtype: "f32", dims: [] }] },
  );
  return { kernel, exact: true };
}
