/** Builds the source of an emitted module: types, load, create, run, and the kernels below them. */
import {
  Project,
  StructureKind,
  VariableDeclarationKind,
  type StatementStructures,
} from "ts-morph";
import type { Program, Port } from "../program/program.js";
import { quoteString } from "../base/quote.js";
import { isPicture, picturesBySize } from "../base/picture.js";
import { elementCount, formatType, type TensorType } from "../base/tensor.js";
import { headerComment } from "./header.js";
import { inComment, typeKey } from "./names.js";
import { startOf, type Emission } from "./emission.js";
import { inputType, outputType, type ModuleParts } from "./parts.js";

/** TypeScript, not yet formatted. */
export function moduleSource(emission: Emission, parts: ModuleParts): string {
  const { program } = emission;
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const statements: (string | StatementStructures)[] = [
    ...importsOf(emission, parts),
    valuesInterface("Inputs", "What a run reads, row by row.", program.inputs, inputType),
    valuesInterface("Outputs", "What a run computes, row by row.", program.outputs, outputType),
    modelInterface(parts.type, program),
    portTable(
      "INPUTS",
      "Where each input goes in the arena, in elements.",
      program.inputs,
      program,
    ),
    portTable(
      "OUTPUTS",
      "Where each output is when the kernels have run.",
      program.outputs,
      program,
    ),
    ...parts.functions,
    ...parts.constants,
  ];
  const file = project.createSourceFile("module.ts", { statements });
  const kernels = parts.kernels.map((kernel) => `\n${kernel}`).join("");
  return `${headerComment(emission, parts.flags)}\n${file.getFullText()}${kernels}`;
}

function importsOf(
  { standalone, name, program }: Emission,
  { imports, importedTypes }: ModuleParts,
): StatementStructures[] {
  const pictureType = program.inputs.some(({ type }) => isPicture(type)) ? ["Picture"] : [];
  const used = new Set(["createOutputs", "writeInputs", ...imports]);
  const moduleSpecifier = standalone ? `./${name}.runtime.js` : "tilewright/runtime";
  return [
    { names: [...used].sort(), isTypeOnly: false },
    {
      names: ["PortSpec", "RunOptions", ...pictureType, ...importedTypes].sort(),
      isTypeOnly: true,
    },
  ].map(({ names, isTypeOnly }) => ({
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier,
    namedImports: names,
    isTypeOnly,
  }));
}

function valuesInterface(
  name: string,
  doc: string,
  values: readonly Port[],
  typeOf: (type: TensorType) => string,
): StatementStructures {
  const pictures = picturesBySize(values);
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name,
    docs: [doc],
    properties: values.map((value) => ({
      name: typeKey(value.name),
      type: typeOf(value.type),
      isReadonly: true,
      hasQuestionToken: pictures.has(value.name),
      docs: [`${formatType(value.type)}: ${countOf(value)}.${sizeNote(pictures.get(value.name))}`],
    })),
  };
}

function sizeNote(picture: string | undefined): string {
  return picture === undefined
    ? ""
    : ` Height and width of ${inComment(picture)}, where it is an array.`;
}

/** [2,3] => 6 values, 2 × 3 */
function countOf({ type: { dims } }: Port): string {
  const count = elementCount(dims);
  return dims.length < 2
    ? `${count} ${count === 1 ? "value" : "values"}`
    : `${count} values, ${dims.join(" × ")}`;
}

const RUN_DOC = `Computes the outputs. Every run fills the same arrays, so the next one overwrites them: \`.slice()\` keeps one, and
\`run(inputs, { copy: true })\` makes new ones. They are no part of the model's memory: feed them back, change them,
post them as you like, but transfer only copies. Allocates nothing where it does not copy.
Throws a TypeError on a missing, unknown, wrongly typed or wrongly sized input, and where the memory of an output
was transferred away; a RangeError on an i64 beyond 32 bits.`;

function modelInterface(type: string, program: Program): StatementStructures {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: type,
    docs: [`The model ${inComment(program.name)}, ready to run.`],
    methods: [
      {
        name: "run",
        parameters: [
          { name: "inputs", type: "Inputs" },
          { name: "options", type: "RunOptions", hasQuestionToken: true },
        ],
        returnType: "Outputs",
        docs: [RUN_DOC],
      },
    ],
  };
}

function portTable(
  name: string,
  doc: string,
  ports: readonly Port[],
  program: Program,
): StatementStructures {
  const pictures = picturesBySize(ports);
  const sized = new Set(pictures.values());
  const rows = ports.map((port) => {
    const { dtype, dims } = port.type;
    const sizeOf = pictures.get(port.name);
    const size =
      sizeOf !== undefined
        ? `, sizeOf: ${quoteString(sizeOf)}`
        : sized.has(port.name)
          ? ", upTo: true"
          : "";
    return `{ name: ${quoteString(port.name)}, type: "${dtype}", shape: [${dims.join(", ")}], length: ${elementCount(dims)}, offset: ${startOf(port, program)}${size} }`;
  });
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    docs: [doc],
    declarations: [
      {
        name,
        type: "readonly PortSpec[]",
        initializer: rows.length === 0 ? "[]" : `[\n${rows.join(",\n")},\n]`,
      },
    ],
  };
}
