/** Faults in what passes decide of values and copies before these have places. */
import { rowMajorStrides, sameType } from "../../../compiler/base/tensor.js";
import { constantIndex } from "../../../compiler/compute/affine.js";
import { constant } from "../../../compiler/compute/expr.js";
import type { Compute } from "../../../compiler/compute/ir.js";
import { allLoads } from "../../../compiler/compute/loads.js";
import type { Alias, Program, ProgramKernel } from "../../../compiler/program/program.js";
import { exchanged, withKernel, withoutKernel, withValue, type Plant } from "./plant.js";

/** A kernel before the one whose value it reads. */
function tooEarly(program: Program): Program | undefined {
  const at = program.kernels.findIndex(
    (kernel, i) => i > 0 && Object.values(kernel.operands).includes(program.kernels[i - 1]!.output),
  );
  return at < 0 ? undefined : { ...program, kernels: exchanged(program.kernels, at - 1, at) };
}

/** A kernel that is handed another value of the same type. */
function anotherOperand(program: Program): Program | undefined {
  for (const [at, kernel] of program.kernels.entries()) {
    const known = [
      ...program.inputs.map(({ value }) => value),
      ...program.kernels.slice(0, at).map(({ output }) => output),
    ];
    for (const [source, value] of Object.entries(kernel.operands)) {
      const { type, constant: isConstant } = program.values[value]!;
      if (isConstant !== undefined) continue;
      const other = known.find((id) => id !== value && sameType(program.values[id]!.type, type));
      if (other === undefined) continue;
      return withKernel(program, kernel, { operands: { ...kernel.operands, [source]: other } });
    }
  }
  return undefined;
}

/** A kernel that runs once, although what it reads is another in every run. */
function onceForAll(program: Program): Program | undefined {
  const { values } = program;
  const kernel = program.kernels.find(({ operands }) =>
    Object.values(operands).some((value) => values[value]!.constant === undefined),
  );
  return kernel && withKernel(program, kernel, { atLoad: true });
}

/** An output that is not its copy but what would be copied. */
function outputNotCopied(program: Program): Program | undefined {
  for (const [i, output] of program.outputs.entries()) {
    const writer = program.kernels.find(({ output: value }) => value === output.value);
    const from = writer?.operands["x"];
    if (writer?.role !== "copy" || writer.covers.length > 0 || from === undefined) continue;
    if (program.values[from]!.constant !== undefined) continue;
    const outputs = program.outputs.with(i, { ...output, value: from });
    return { ...withoutKernel(program, writer), outputs };
  }
  return undefined;
}

/** An input nested otherwise than callers write it. */
function inputTurned(program: Program): Program | undefined {
  for (const { value } of program.inputs) {
    const { order, type } = program.values[value]!;
    if (order === undefined || type.dims.filter((dim) => dim > 1).length < 2) continue;
    return withValue(program, value, { order: [...order].reverse() });
  }
  return undefined;
}

/** Changes the first alias for which there is a change that keeps it inside what it lives in. */
function withAlias(
  program: Program,
  change: (alias: Alias, dims: readonly number[], whole: readonly number[]) => Alias | undefined,
): Program | undefined {
  for (const [id, { alias, type }] of program.values.entries()) {
    if (alias === undefined) continue;
    const changed = change(alias, type.dims, program.values[alias.of]!.type.dims);
    if (changed !== undefined) return withValue(program, id, { alias: changed });
  }
  return undefined;
}

const partMoved = (program: Program): Program | undefined =>
  withAlias(program, (alias, dims, whole) => {
    if (alias.kind !== "part") return undefined;
    const { axis, offset } = alias;
    if (offset > 0) return { ...alias, offset: offset - 1 };
    return offset + dims[axis]! < whole[axis]! ? { ...alias, offset: offset + 1 } : undefined;
  });

const sliceMoved = (program: Program): Program | undefined =>
  withAlias(program, (alias, dims, whole) => {
    if (alias.kind !== "view" || alias.view.kind !== "slice") return undefined;
    const { starts, steps } = alias.view;
    const d = starts.findIndex(
      (start, at) => start + 1 + Math.max(0, (dims[at]! - 1) * steps[at]!) < whole[at]!,
    );
    if (d < 0) return undefined;
    return { ...alias, view: { ...alias.view, starts: starts.with(d, starts[d]! + 1) } };
  });

function fillOf(program: Program, mirrored?: boolean): ProgramKernel | undefined {
  return program.kernels.find(
    ({ role, kernel }) =>
      role === "fill" && (mirrored === undefined || kernel.inputs.length > 0 === mirrored),
  );
}

function fillDropped(program: Program): Program | undefined {
  const fill = fillOf(program);
  return fill && withoutKernel(program, fill);
}

/** A fill with another number. */
function fillOfAnother(program: Program): Program | undefined {
  const fill = fillOf(program, false);
  if (fill === undefined) return undefined;
  const computes = fill.kernel.computes.map((compute): Compute => ({
    ...compute,
    body: constant(7, compute.body.dtype),
  }));
  return withKernel(program, fill, { kernel: { ...fill.kernel, computes } });
}

/** A fill of one side less. */
function fillOfFewer(program: Program): Program | undefined {
  const fill = program.kernels.find(
    ({ role, kernel }) => role === "fill" && kernel.computes.length > 1,
  );
  if (fill === undefined) return undefined;
  const computes = fill.kernel.computes.slice(1);
  return withKernel(program, fill, { kernel: { ...fill.kernel, computes } });
}

/** A fill that mirrors a value before it is there. */
function fillTooEarly(program: Program): Program | undefined {
  const fill = fillOf(program, true);
  if (fill === undefined) return undefined;
  return { ...program, kernels: [fill, ...withoutKernel(program, fill).kernels] };
}

/** A fill that mirrors other elements than it should. */
function mirroredOtherwise(program: Program): Program | undefined {
  const fill = fillOf(program, true);
  const computes = fill?.kernel.computes.map((compute): Compute => {
    if (compute.body.kind !== "load") return compute;
    const at = compute.body.index.map((one, d) =>
      fill.kernel.output.dims[d]! > 1 && one.terms.some(({ of }) => typeof of !== "string")
        ? constantIndex(0)
        : one,
    );
    return { ...compute, body: { ...compute.body, index: at } };
  });
  return fill && withKernel(program, fill, { kernel: { ...fill.kernel, computes: computes! } });
}

/** A reader that relies on a margin which nobody has filled for it. */
function marginOfAnother(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    const loads = kernel.kernel.computes.flatMap((compute) => allLoads(compute));
    for (const load of loads) {
      if (load.kind !== "load" || load.boundary === undefined) continue;
      const known = kernel.margins ?? [];
      const value = kernel.operands[load.source];
      if (value === undefined || known.includes(load.source)) continue;
      const { margin, type } = program.values[value]!;
      if (type.dims.length === 0) continue;
      const sides = margin ?? type.dims.map((): readonly [number, number] => [1, 1]);
      const padded = withValue(program, value, { margin: sides, fill: load.boundary });
      return withKernel(padded, kernel, { margins: [...known, load.source] });
    }
  }
  return undefined;
}

/** A copy that moves elements, and is left out as one that does not. */
function copyLeftOut(program: Program): Program | undefined {
  const at = program.kernels.findIndex(({ role }) => role === "copy");
  if (at < 0) return undefined;
  const kernel = program.kernels[at]!;
  const elided = [...program.elided, { at, kernel }].sort((a, b) => a.at - b.at);
  const later = elided.map((one) =>
    one.kernel !== kernel && one.at > at ? { ...one, at: one.at - 1 } : one,
  );
  return { ...withoutKernel(program, kernel), elided: later };
}

/** A reader that looks one element beside a value. */
function readBeside(program: Program): Program | undefined {
  for (const kernel of program.kernels) {
    const source = kernel.kernel.inputs.find(
      ({ name, constant: isConstant, type }) =>
        isConstant !== true &&
        kernel.places[name] !== undefined &&
        type.dims.some((dim) => dim > 1),
    );
    if (source === undefined) continue;
    const place = kernel.places[source.name]!;
    const offset = place.offset > 0 ? place.offset - 1 : place.offset + 1;
    return withKernel(program, kernel, {
      places: { ...kernel.places, [source.name]: { ...place, offset } },
    });
  }
  return undefined;
}

/** An output that lies as kernels like it. */
function outputTurned(program: Program): Program | undefined {
  for (const [i, output] of program.outputs.entries()) {
    const { dims } = output.type;
    const place = program.values[output.value]!.place!;
    if (dims.filter((dim) => dim > 1).length < 2 || output.place === undefined) continue;
    const strides = rowMajorStrides([...dims].reverse()).reverse();
    const turned = { ...place, strides };
    const kernels = program.kernels.map((kernel) =>
      kernel.output === output.value
        ? { ...kernel, places: { ...kernel.places, out: turned } }
        : kernel,
    );
    const outputs = program.outputs.with(i, { ...output, place: turned });
    return { ...withValue(program, output.value, { place: turned }), kernels, outputs };
  }
  return undefined;
}

export const LAYOUT_PLANTS: readonly Plant[] = [
  { pass: "fuse-kernels", fault: "a kernel runs before what it reads", spoil: tooEarly },
  { pass: "copy-boundaries", fault: "a kernel reads another value", spoil: anotherOperand },
  { pass: "copy-boundaries", fault: "an output is not copied", spoil: outputNotCopied },
  { pass: "run-at-load", fault: "a kernel over an input runs once", spoil: onceForAll },
  { pass: "choose-orders", fault: "an input is nested otherwise", spoil: inputTurned },
  { pass: "copy-operands", fault: "a kernel reads another value", spoil: anotherOperand },
  { pass: "alias-values", fault: "a part of a concat lies beside its place", spoil: partMoved },
  { pass: "alias-values", fault: "a slice begins one element later", spoil: sliceMoved },
  { pass: "add-margins", fault: "a margin is not filled", spoil: fillDropped },
  { pass: "add-margins", fault: "a margin is filled with another number", spoil: fillOfAnother },
  { pass: "add-margins", fault: "one side of a margin is not filled", spoil: fillOfFewer },
  { pass: "add-margins", fault: "a value is mirrored before it is there", spoil: fillTooEarly },
  {
    pass: "add-margins",
    fault: "a margin mirrors other elements",
    spoil: mirroredOtherwise,
  },
  { pass: "add-margins", fault: "a reader relies on nobody's margin", spoil: marginOfAnother },
  { pass: "place-values", fault: "a copy that moves is left out", spoil: copyLeftOut },
  { pass: "place-values", fault: "a reader looks beside a value", spoil: readBeside },
  { pass: "place-values", fault: "an output lies as kernels like it", spoil: outputTurned },
];
