/** What a module says of itself: its inputs and outputs, labels, the model's hash, memory, and what is random. */
import { quoteString } from "../base/quote.js";
import type { Port } from "../program/program.js";
import type { Emission } from "./emission.js";
import { inputForms, type InputForm } from "./pictures.js";
import type { ConstantStatement, DataStatement, Literal } from "./statements.js";

/** Exported; the code of the module reads its ports and its memory from there, too. */
export function portStatements({ program, layouts }: Emission): DataStatement[] {
  return [
    {
      kind: "data",
      doc: "What a run reads, by name: element type, dims, and what they are where the model says it.",
      name: "inputs",
      value: portsData(program.inputs, layouts.inputs, inputForms(program.inputs)),
    },
    {
      kind: "data",
      doc: "What a run computes.",
      name: "outputs",
      value: portsData(program.outputs, layouts.outputs),
    },
    ...(program.states.length === 0 ? [] : [statesStatement(program.states)]),
  ];
}

function statesStatement(states: readonly Port[]): DataStatement {
  return {
    kind: "data",
    doc: "What is kept from run to run, by the names of the inputs that runs need not give.",
    name: "states",
    value: portsData(states, new Map()),
  };
}

function portsData(
  ports: readonly Port[],
  layouts: ReadonlyMap<string, string>,
  forms?: ReadonlyMap<string, InputForm>,
): Literal {
  return Object.fromEntries(
    ports.map(({ name, type: { dtype, dims } }): [string, Literal] => {
      const layout = layouts.get(name);
      return [
        name,
        {
          ...{ type: dtype, shape: dims },
          ...(layout === undefined ? {} : { layout }),
          ...forms?.get(name)?.row,
        },
      ];
    }),
  );
}

/** `more`: of memory, what the target knows beside weights and arena; `total` is their sum where it says nothing. */
export function metadataStatements(
  { program, constants, modelHash, untrained, labels, budget }: Emission,
  more: Readonly<Record<string, number>>,
): (ConstantStatement | DataStatement)[] {
  const arena = program.arenaBytes ?? 0;
  const weights = constants.length;
  for (const text of [...labels, ...untrained.names]) budget.spend("code", text.length);
  return [
    {
      kind: "data",
      doc: "Bytes of a loaded model, beside the arrays of its outputs.",
      name: "memory",
      value: { weights, arena, total: weights + arena, ...more },
    },
    stringsOf("labels", "Names of classes, as the build was given them.", labels),
    stringsOf(
      "untrained",
      "Parameters that are random, for nobody gave them values.",
      untrained.names,
    ),
    {
      kind: "constant",
      doc: "SHA-256 of the model and its weights.",
      isExported: true,
      name: "hash",
      type: "string",
      value: quoteString(modelHash),
    },
  ];
}

function stringsOf(name: string, doc: string, texts: readonly string[]): ConstantStatement {
  const value = `[${texts.map(quoteString).join(", ")}]`;
  return { kind: "constant", doc, isExported: true, name, type: "readonly string[]", value };
}
