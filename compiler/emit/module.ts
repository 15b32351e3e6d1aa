/** Builds the source of an emitted module: types, load, create, run, and the kernels below them. */
import {
  Project,
  StructureKind,
  VariableDeclarationKind,
  type StatementStructures,
} from "ts-morph";
import type { Program, Port } from "../program/program.js";
import { quoteString } from "../base/quote.js";
import { elementCount, formatType } from "../base/tensor.js";
import { headerComment } from "./header.js";
import { inComment, typeKey } from "./names.js";
import { startOf, type Emission } from "./emission.js";
import { ARRAYS, type ModuleParts } from "./parts.js";

/** TypeScript, not yet formatted. */
export function moduleSource(emission: Emission, parts: ModuleParts): string {
  const { program } = emission;
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const statements: (string | StatementStructures)[] = [
    ...importsOf(emission, parts),
    valuesInterface("Inputs", "What a run reads, row by row.", program.inputs),
    valuesInterface("Outputs", "What a run computes, row by row.", program.outputs),
    modelInterface(parts.type, program),
    inputTable(program),
    ...parts.functions,
    ...parts.constants,
  ];
  const file = project.createSourceFile("module.ts", { statements });
  const kernels = parts.kernels.map((kernel) => `\n${kernel}`).join("");
  return `${headerComment(emission, parts.flags)}\n${file.getFullText()}${kernels}`;
}

function importsOf(
  { program, standalone, name }: Emission,
  { imports, importedTypes }: ModuleParts,
): StatementStructures[] {
  const used = new Set(["writeInputs", ...imports]);
  if (program.outputs.some(({ type }) => type.dtype === "i64")) used.add("widen");
  const moduleSpecifier = standalone ? `./${name}.runtime.js` : "tilewright/runtime";
  return [
    { names: [...used].sort(), isTypeOnly: false },
    { names: ["InputSpec", ...importedTypes], isTypeOnly: true },
  ].map(({ names, isTypeOnly }) => ({
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier,
    namedImports: names,
    isTypeOnly,
  }));
}

function valuesInterface(name: string, doc: string, values: readonly Port[]): StatementStructures {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name,
    docs: [doc],
    properties: values.map((value) => ({
      name: typeKey(value.name),
      type: ARRAYS[value.type.dtype],
      isReadonly: true,
      docs: [`${formatType(value.type)}: ${countOf(value)}.`],
    })),
  };
}

/** [2,3] => 6 values, 2 × 3 */
function countOf({ type: { dims } }: Port): string {
  const count = elementCount(dims);
  return dims.length < 2
    ? `${count} ${count === 1 ? "value" : "values"}`
    : `${count} values, ${dims.join(" × ")}`;
}

function modelInterface(type: string, program: Program): StatementStructures {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: type,
    docs: [`The model ${inComment(program.name)}, ready to run.`],
    methods: [
      {
        name: "run",
        parameters: [{ name: "inputs", type: "Inputs" }],
        returnType: "Outputs",
        docs: [
          "Computes the outputs, which the next run overwrites: copy what must outlive it. Allocates nothing.\nThrows a TypeError on a missing, unknown, wrongly typed or wrongly sized input.",
        ],
      },
    ],
  };
}

function inputTable(program: Program): StatementStructures {
  const rows = program.inputs.map((input) => {
    const { name, type } = input;
    const shape = `[${type.dims.join(", ")}]`;
    const count = elementCount(type.dims);
    return `{ name: ${quoteString(name)}, type: "${type.dtype}", shape: ${shape}, length: ${count}, offset: ${startOf(input, program)} }`;
  });
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    docs: ["Where each input goes in the arena, in elements."],
    declarations: [
      {
        name: "INPUTS",
        type: "readonly InputSpec[]",
        initializer: rows.length === 0 ? "[]" : `[\n${rows.join(",\n")},\n]`,
      },
    ],
  };
}
