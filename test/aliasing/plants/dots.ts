/** Faults in words of bytes: which weights they are, and how they are widened for engines that do not multiply them. */
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { DOTS } from "../../../compiler/program/dots/computes.js";
import type { Program, ProgramKernel } from "../../../compiler/program/program.js";
import { withKernel, withValue, type Plant } from "./plant.js";

function draw(seed: number): Definition {
  return parseDefinition(`model bytes(%x: f32[1,8,3,3]) {
  %q = cast(%x) {to="i8"}
  %y = conv(%q, @w) {zero=5, pads=[1,1,1,1]}
  return y = %y
}
@w : i8[4,8,3,3] = seed ${seed} center 0 spread 100
`);
}

const spoiling =
  (spoil: (kernel: ProgramKernel, program: Program) => Program) =>
  (program: Program): Program | undefined => {
    const kernel = program.kernels.find(({ algorithm }) => algorithm === DOTS);
    return kernel && spoil(kernel, program);
  };

/** Every word is the one after it. */
const later = spoiling((kernel, program) => {
  const id = kernel.operands["words0"]!;
  const { constant } = program.values[id]!;
  const { data } = constant!.source as { readonly data: Int32Array<ArrayBuffer> };
  const source = { kind: "data", data: new Int32Array(data).copyWithin(0, 1) } as const;
  return withValue(program, id, { constant: { ...constant!, source } });
});

/** What widens words moves bytes up by as much as their neighbours. */
const exchanged = (program: Program): Program | undefined => {
  const maker = program.kernels.find(({ kernel }) =>
    kernel.constants.some(({ name }) => name === "shifts"),
  );
  if (maker === undefined) return undefined;
  const constants = maker.kernel.constants.map((table) => ({
    ...table,
    value: { ...table.value, data: Int32Array.from(table.value.data, Number).reverse() },
  }));
  return withKernel(program, maker, { kernel: { ...maker.kernel, constants } });
};

export const DOT_PLANTS: readonly Plant[] = [
  { pass: "use-dots", fault: "words are those of the next channels", draw, spoil: later },
  { pass: "use-dots", fault: "bytes of a word are exchanged", draw, spoil: exchanged },
];
