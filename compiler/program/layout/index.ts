/** assign-layouts: gives every value a Place, removes copies that a Place makes needless, and fills margins. */
import type { Operand } from "../../graph/definition.js";
import { axisIndex } from "../../compute/affine.js";
import { load } from "../../compute/expr.js";
import type { Axis, Kernel } from "../../compute/ir.js";
import { scalarOf } from "../../compute/ir.js";
import type { Place } from "../../place/place.js";
import type { LayoutChoices } from "./choices.js";
import { elementCount, type TensorType } from "../../base/tensor.js";
import type { Buffer, Program, ProgramKernel } from "../program.js";
import { placeConstants } from "./constants.js";
import { fillKernel } from "./fill.js";
import {
  concatParts,
  findHomes,
  rootOf,
  valueTypes,
  type Derivation,
  type Homes,
} from "./homes.js";
import { renameSources } from "../fuse/substitute.js";
import { marginRequest, planMargins, type Margins } from "./margins.js";
import { chooseOrders, type Orders } from "./orders.js";
import { partPlace, rowMajor, viewPlace, wholePlace } from "./places.js";

/** The Program with places, buffers and schedules; the order of kernels is kept. */
export function assignLayouts(program: Program, target: LayoutChoices): Program {
  const copied = copyOutputs(copyInputs(program, target));
  const orders = chooseOrders(copied, target);
  const { homes, margins, places, buffers } = placeEverything(copied, orders);
  const kernels = withFills(withoutViews(copied, homes), homes, margins, places);
  const placed = kernels.map((kernel) => placeKernel(kernel, places, buffers));
  return {
    ...placeConstants({ ...copied, kernels: placed, buffers }, target),
    inputs: copied.inputs.map((input) => ({ ...input, place: places.get(`%${input.name}`)! })),
    outputs: copied.outputs.map((output) => ({ ...output, place: places.get(output.value)! })),
  };
}

/** Inputs stay row-major without margin; a reader that prefers another layout gets a copy. */
function copyInputs(program: Program, target: LayoutChoices): Program {
  let { kernels } = program;
  if (target.activations !== "channels-last") return program;
  for (const { name, type } of program.inputs) {
    const input: Operand = `%${name}`;
    const readers = kernels.filter((kernel) => {
      const reads = kernel.kernel.inputs.some((one) => one.name === input);
      return reads && kernel.layout === "channels-last" && type.dims.length >= 3;
    });
    if (
      !readers.some(
        (kernel) => marginRequest(kernel, input, type.dims) !== undefined || type.dims[1] !== 1,
      )
    )
      continue;
    const copy = copyKernel(input, type, freshValue(`${input}.relayout`, program), "channels-last");
    kernels = [
      copy,
      ...kernels.map((kernel) =>
        readers.includes(kernel) ? readInstead(kernel, input, copy.output) : kernel,
      ),
    ];
  }
  return { ...program, kernels };
}

/** An output that is an input, a constant, a view, or returned twice gets a copy of its own. */
function copyOutputs(program: Program): Program {
  const kernels = [...program.kernels];
  const seen = new Set<Operand>();
  const writers = new Map(program.kernels.map((kernel) => [kernel.output, kernel]));
  const readByView = new Set(
    program.kernels
      .filter((kernel) => kernel.view !== undefined)
      .flatMap((kernel) => kernel.kernel.inputs.map(({ name }) => name)),
  );
  const outputs = program.outputs.map((output) => {
    const writer = writers.get(output.value);
    const own = writer !== undefined && writer.view === undefined && !seen.has(output.value);
    seen.add(output.value);
    const padded = program.kernels.some(
      (kernel) => marginRequest(kernel, output.value, output.type.dims) !== undefined,
    );
    if (own && !readByView.has(output.value) && !padded) return output;
    const copy = copyKernel(
      output.value,
      output.type,
      freshValue(`${output.value}.output${kernels.length}`, program),
      "row-major",
    );
    kernels.push(copy);
    return { ...output, value: copy.output };
  });
  return { ...program, kernels, outputs };
}

function freshValue(wanted: string, program: Program): Operand {
  const taken = valueTypes(program);
  let name = wanted;
  while (taken.has(name as Operand)) name += "_";
  return name as Operand;
}

function copyKernel(
  from: Operand,
  type: TensorType,
  to: Operand,
  layout: ProgramKernel["layout"],
): ProgramKernel {
  const axes = type.dims.map((extent, i): Axis => ({ name: `i${i}`, extent }));
  const index = axes.map(axisIndex);
  const kernel: Kernel = {
    outer: [],
    inputs: [{ name: from, type, role: "x" }],
    constants: [],
    temporaries: [],
    computes: [
      { target: "out", axes, reduce: [], body: load(from, index, scalarOf(type.dtype)), index },
    ],
    output: type,
  };
  return {
    name: "copy",
    role: "copy",
    covers: [],
    kernel,
    output: to,
    layout,
    schedules: [],
    places: {},
  };
}

function readInstead(kernel: ProgramKernel, from: Operand, to: Operand): ProgramKernel {
  return {
    ...kernel,
    kernel: renameSources(kernel.kernel, (source) => (source === from ? to : source)),
  };
}

/**
 * Views are taken to be possible until their places say otherwise: where strides do not merge, or a margin
 * lies between, the value gets a buffer of its own and everything is placed again.
 */
function placeEverything(program: Program, orders: Orders) {
  const separate = new Set<Operand>();
  for (;;) {
    const homes = findHomes(program, separate);
    const margins = planMargins(program, homes);
    const placed = placeValues(program, homes, orders, margins);
    if (placed.impossible.length === 0) return { homes, margins, ...placed };
    for (const value of placed.impossible) separate.add(value);
  }
}

interface Placed {
  readonly places: Map<Operand, Place>;
  readonly buffers: Buffer[];
  /** Values that cannot be the views that they should be. */
  readonly impossible: readonly Operand[];
}

/** Owners of buffers first, then the windows inside them. */
function placeValues(program: Program, homes: Homes, orders: Orders, margins: Margins): Placed {
  const places = new Map<Operand, Place>();
  const buffers: Buffer[] = [];
  const impossible: Operand[] = [];
  const ownPlace = (value: Operand): Place => {
    const { dtype, dims } = homes.types.get(value)!;
    const order = orders.get(value) ?? rowMajor(dims.length);
    const { margin, fill } = margins.ofRoot.get(value) ?? {};
    const { place, size } = wholePlace(value, dims, order, margin, fill);
    const around = size - elementCount(dims);
    const margined = around === 0 ? {} : { margin: around };
    buffers.push({ name: value, dtype: scalarOf(dtype), size, space: "arena", ...margined });
    return place;
  };
  const derivedPlace = (value: Operand, derivation: Derivation): Place => {
    const from = placeOf(derivation.from);
    if (derivation.kind === "part") return partPlace(from, derivation.axis, derivation.offset);
    const [fromType, type] = [homes.types.get(derivation.from)!, homes.types.get(value)!];
    const place = viewPlace(from, fromType.dims, type.dims, derivation.view);
    if (place === undefined) impossible.push(value);
    return place ?? ownPlace(value);
  };
  const placeOf = (value: Operand): Place => {
    const derivation = homes.derived.get(value);
    const place =
      places.get(value) ??
      (derivation === undefined ? ownPlace(value) : derivedPlace(value, derivation));
    places.set(value, place);
    return place;
  };
  for (const { name } of program.inputs) placeOf(`%${name}`);
  for (const kernel of program.kernels) placeOf(kernel.output);
  return { places, buffers, impossible };
}

/** Views vanish; of a concat only the operands that could not be placed are still copied. */
function withoutViews(program: Program, homes: Homes): ProgramKernel[] {
  return program.kernels.flatMap((kernel) => {
    const { view } = kernel;
    if (view === undefined) return [kernel];
    const derivation = homes.derived.get(kernel.output);
    if (view.kind !== "concat") return isOneValue(kernel, homes) ? [] : [kernel];
    const parts = concatParts(kernel, view.axis, homes.types);
    const whole =
      derivation?.kind === "part" &&
      parts.every(
        ({ operand }) =>
          rootOf(operand, homes.derived) === rootOf(kernel.output, homes.derived) &&
          homes.derived.get(operand)?.from === derivation.from,
      );
    if (whole) return [];
    const computes = kernel.kernel.computes.filter((_, i) => {
      const home = homes.derived.get(parts[i]!.operand);
      return !(
        home?.kind === "part" &&
        home.from === kernel.output &&
        home.offset === parts[i]!.offset
      );
    });
    if (computes.length === 0) return [];
    const read = new Set(
      computes.map((compute) => (compute.body.kind === "load" ? compute.body.source : "")),
    );
    const inputs = kernel.kernel.inputs.filter(({ name }) => read.has(name));
    return [{ ...kernel, kernel: { ...kernel.kernel, computes, inputs } }];
  });
}

/** Whether a view and what it is of share memory, whichever of them lives in the other. */
function isOneValue({ output, kernel }: ProgramKernel, { derived }: Homes): boolean {
  const from = kernel.inputs[0]!.name as Operand;
  const [there, back] = [derived.get(output), derived.get(from)];
  return (
    (there?.kind === "view" && there.from === from) ||
    (back?.kind === "view" && back.from === output)
  );
}

/** A fill goes right before the first kernel that reads a value's margin, when its interior is complete. */
function withFills(
  kernels: readonly ProgramKernel[],
  homes: Homes,
  margins: Margins,
  places: ReadonlyMap<Operand, Place>,
): ProgramKernel[] {
  const done = new Set<Operand>();
  return kernels.flatMap((kernel) => {
    const fills = kernel.kernel.inputs.flatMap(({ name, type }) => {
      const value = name as Operand;
      if (!margins.filled.has(value) || done.has(value)) return [];
      if (marginRequest(kernel, name, type.dims) === undefined) return [];
      const { margin, fill } = places.get(value)!;
      if (margin === undefined || fill === undefined) return [];
      done.add(value);
      return [fillKernel(value, homes.types.get(value)!, margin, fill)];
    });
    return [...fills, kernel];
  });
}

/** Places of a kernel's activations, its output and its scratch; constants follow once schedules are known. */
function placeKernel(
  kernel: ProgramKernel,
  values: ReadonlyMap<Operand, Place>,
  buffers: Buffer[],
): ProgramKernel {
  const places: Record<string, Place> = { out: values.get(kernel.output)! };
  for (const { name } of kernel.kernel.inputs) {
    const place = values.get(name as Operand);
    if (place !== undefined) places[name] = place;
  }
  for (const { name, dims, dtype } of kernel.kernel.temporaries) {
    if (dims.length === 0) continue;
    const buffer = `${kernel.output}.${name}`;
    const whole = wholePlace(buffer, dims, rowMajor(dims.length));
    buffers.push({ name: buffer, dtype, size: elementCount(dims), space: "arena" });
    places[name] = whole.place;
  }
  return { ...kernel, places };
}
