/** Faults in sums over words of narrow weights: which weights, and which field of a word. */
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import type { Program, ProgramKernel } from "../../../compiler/program/program.js";
import { withKernel, withValue, type Plant } from "./plant.js";

/** A product of more weights than caches hold, all of which are halves. */
function draw(seed: number): Definition {
  return parseDefinition(`model large(%x: f32[1,513]) {
  %w = cast(@q) {to="f32"}
  %y = matmul(%x, %w) {axis=1}
  return y = %y
}
@q : i8[518,513] = seed ${seed} center 0 spread 100
`);
}

const spoiling =
  (spoil: (kernel: ProgramKernel, program: Program) => Program) =>
  (program: Program): Program | undefined => {
    const kernel = program.kernels.find(({ algorithm }) => algorithm === "words");
    return kernel && spoil(kernel, program);
  };

/** Every word is the one after it. */
const later = spoiling((kernel, program) => {
  const id = kernel.operands["words"]!;
  const { constant } = program.values[id]!;
  const { data } = constant!.source as { readonly data: Int32Array<ArrayBuffer> };
  const source = { kind: "data", data: new Int32Array(data).copyWithin(0, 1) } as const;
  return withValue(program, id, { constant: { ...constant!, source } });
});

/** What a field is multiplied with is taken for the other. */
const exchanged = spoiling((kernel, program) => {
  const constants = kernel.kernel.constants.map((table) => {
    if (table.name !== "mixing") return table;
    const [a, b, c, d] = Float32Array.from(table.value.data, Number);
    return { ...table, value: { ...table.value, data: Float32Array.of(c!, d!, a!, b!) } };
  });
  return withKernel(program, kernel, { kernel: { ...kernel.kernel, constants } });
});

export const WORD_PLANTS: readonly Plant[] = [
  { pass: "use-words", fault: "words are those of the next step", draw, spoil: later },
  { pass: "use-words", fault: "fields are exchanged", draw, spoil: exchanged },
];
