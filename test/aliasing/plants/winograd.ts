/** Faults in windows that are computed by Winograd's algorithm: tables, tiles, weights and what stands around sums. */
import { addIndex } from "../../../compiler/compute/affine.js";
import { mapCompute } from "../../../compiler/compute/expr.js";
import type { Compute, Index, Kernel } from "../../../compiler/compute/ir.js";
import { mapExpr } from "../../../compiler/compute/walk.js";
import type { Program } from "../../../compiler/program/program.js";
import { PART } from "../../../compiler/program/winograd/sums.js";
import { randomWindows } from "../../winograd/randomWindows.js";
import { randomByteWindows } from "../../winograd/randomByteWindows.js";
import { withKernel, type Plant } from "./plant.js";

type Change = (kernel: Kernel) => Kernel | undefined;

const changing =
  (change: Change, isWanted: (name: string, algorithm: string | undefined) => boolean) =>
  (program: Program): Program | undefined => {
    for (const one of program.kernels) {
      const kernel = isWanted(one.name, one.algorithm) ? change(one.kernel) : undefined;
      if (kernel !== undefined) return withKernel(program, one, { kernel });
    }
    return undefined;
  };

/** One number of a table is another. */
const otherNumber: Change = (kernel) => {
  const [table, ...others] = kernel.constants;
  const isWhole = table!.value.type.dtype === "i32";
  const numbers = Array.from(table!.value.data, Number);
  const data = isWhole ? Int32Array.from(numbers) : Float32Array.from(numbers);
  data[data.length - 2]! += isWhole ? 1 : 0.5;
  return { ...kernel, constants: [{ ...table!, value: { ...table!.value, data } }, ...others] };
};

/** The loads that an input's name picks, moved. */
function moved(
  kernel: Kernel,
  picks: (source: string) => boolean,
  move: (index: readonly Index[]) => readonly Index[],
): Kernel {
  const computes = kernel.computes.map((compute): Compute =>
    mapCompute(compute, (root) =>
      mapExpr(root, (inner) =>
        inner.kind === "load" && picks(inner.source)
          ? { ...inner, index: move(inner.index) }
          : undefined,
      ),
    ),
  );
  return { ...kernel, computes };
}

/** Tiles are read a column too early. */
const earlier: Change = (kernel) => {
  const x = kernel.inputs.find(({ operand }) => operand === "x");
  const load = kernel.computes.flatMap(({ body }) =>
    body.kind === "binary" && body.right.kind === "load" ? [body.right] : [],
  )[0];
  if (x === undefined || load?.boundary?.mode !== "constant") return undefined;
  return moved(
    kernel,
    (source) => source === x.name,
    (index) => [...index.slice(0, -1), addIndex(index.at(-1)!, -1)],
  );
};

/** Weights at a point are those at its mirror image. */
const mirrored: Change = (kernel) => {
  const [first, ...others] = kernel.output.dims;
  if (first === undefined || others.length < 4 || kernel.temporaries.length === 0) return undefined;
  const computes = kernel.computes.map((compute): Compute => {
    if (compute.target !== "out") return compute;
    const { index } = compute;
    const at = index.length - 4;
    return { ...compute, index: index.with(at, index[at + 1]!).with(at + 1, index[at]!) };
  });
  return { ...kernel, computes };
};

/** Sums at one tile go to the output of another. */
const otherTile: Change = (kernel) => {
  let moved = false;
  const computes = kernel.computes.map((compute): Compute => {
    if (compute.target !== "out") return compute;
    return mapCompute(compute, (root) =>
      mapExpr(root, (inner) => {
        if (inner.kind !== "load" || !/^(products|columns)/.test(inner.source)) return undefined;
        const at = inner.index.length - 2;
        const { terms, constant } = inner.index[at]!;
        if (terms.length < 2 || terms[0]!.coefficient === terms[1]!.coefficient) return undefined;
        moved = true;
        const [a, b, ...others] = terms;
        const exchanged = [{ ...a!, of: b!.of }, { ...b!, of: a!.of }, ...others];
        return { ...inner, index: inner.index.with(at, { terms: exchanged, constant }) };
      }),
    );
  });
  return moved ? { ...kernel, computes } : undefined;
};

/** What is multiplied in a part of a sum is of other parts. */
const otherParts: Change = (kernel) => {
  const part = kernel.computes.flatMap(({ axes }) => axes).find(({ name }) => name === PART);
  if (part === undefined) return undefined;
  return moved(
    kernel,
    (source) => source.startsWith("points"),
    (index) => {
      const place = index.at(-1)!;
      const terms = place.terms.map(({ of }) => ({
        of,
        coefficient: of === PART ? 1 : part.extent,
      }));
      return terms.length < 2 ? index : index.with(-1, { ...place, terms });
    },
  );
};

/** A phase has the taps of another. */
const otherTaps: Change = (kernel) => {
  const { w } = Object.fromEntries(kernel.inputs.map(({ operand = "", name }) => [operand, name]));
  const [compute] = kernel.computes;
  const load = compute!.body;
  const at = load.kind === "load" ? load.index.findIndex(({ constant }) => constant > 0) : -1;
  if (at < 0) return undefined;
  return moved(
    kernel,
    (source) => source === w,
    (index) => index.with(at, addIndex(index[at]!, -1)),
  );
};

/** A phase begins anew. */
const withoutSums: Change = (kernel) => {
  const [{ init, ...compute }] = kernel.computes as [Compute];
  if (init?.kind !== "load" || init.source !== "sums") return undefined;
  return { ...kernel, computes: [compute] };
};

/** All channels that are gathered have the elements of the first phase. */
const onePhase: Change = (kernel) =>
  moved(
    kernel,
    () => true,
    (index) =>
      index.map(({ terms, constant }) => ({
        terms: terms.filter(({ of }) => typeof of !== "string" || !of.startsWith("p")),
        constant,
      })),
  );

/** What lower halves of words borrow from the upper ones is not given back. */
const borrowed: Change = (kernel) => ({
  ...kernel,
  computes: kernel.computes.map(({ epilogue, ...compute }): Compute =>
    compute.target.startsWith("points") || epilogue === undefined
      ? compute
      : { ...compute, epilogue },
  ),
});

/** Sums are taken for half of what they are. */
const shifted: Change = (kernel) => ({
  ...kernel,
  computes: kernel.computes.map((compute): Compute =>
    mapCompute(compute, (root) =>
      mapExpr(root, (inner) =>
        inner.kind === "binary" && inner.op === "shr" && inner.right.kind === "constant"
          ? { ...inner, right: { ...inner.right, value: inner.right.value + 1 } }
          : undefined,
      ),
    ),
  ),
});

const plant = (
  fault: string,
  spoil: Plant["spoil"],
  pass: Plant["pass"] = "use-winograd",
): Plant => ({
  pass,
  fault,
  draw: randomWindows,
  winograd: "f4",
  spoil,
});

const plantInIntegers = (fault: string, spoil: Plant["spoil"]): Plant => ({
  ...plant(fault, spoil, "use-integer-winograd"),
  draw: randomByteWindows,
});

const isAlgorithm = (_: string, algorithm: string | undefined): boolean => algorithm !== undefined;
const isOfIntegers = (_: string, algorithm: string | undefined): boolean =>
  algorithm?.includes("winograd") === true;
const isTaps = (name: string): boolean => /_taps\d$/.test(name);
const isImage = (name: string): boolean => name.endsWith("_phases");
const isWeights = (name: string): boolean => name.endsWith("_weights");

export const WINOGRAD_PLANTS: readonly Plant[] = [
  plant("a number of a table is another", changing(otherNumber, isAlgorithm)),
  plant("tiles are read a column too early", changing(earlier, isAlgorithm)),
  plant("sums go to another tile", changing(otherTile, isAlgorithm)),
  plant("what is summed up is of other parts", changing(otherParts, isAlgorithm)),
  plant("weights lie at another point", changing(mirrored, isWeights)),
  plant("a phase has the taps of another", changing(otherTaps, isTaps), "split-phases"),
  plant("all phases are the first", changing(onePhase, isImage), "split-phases"),
  plant("a phase begins anew", changing(withoutSums, isAlgorithm), "split-phases"),
  plantInIntegers("a number of a table is another", changing(otherNumber, isOfIntegers)),
  plantInIntegers("what halves borrow is lost", changing(borrowed, isOfIntegers)),
  plantInIntegers("sums are shifted too far", changing(shifted, isOfIntegers)),
  plantInIntegers("weights lie at another point", changing(mirrored, isWeights)),
];
