/** Builds the source of an emitted module: types, load, create, run, and the kernels below them. */
import {
  Project,
  StructureKind,
  VariableDeclarationKind,
  type StatementStructures,
} from "ts-morph";
import type { Program, ProgramValue } from "../program/program.js";
import { quoteString } from "../quote.js";
import { elementCount, formatType } from "../tensor.js";
import { createFunction, loadFunction } from "./functions.js";
import { headerComment } from "./header.js";
import { inComment, typeKey } from "./names.js";
import { ARRAYS, planModule, startOf, type Emission, type ModulePlan } from "./plan.js";

/** TypeScript, not yet formatted. */
export function moduleSource(emission: Emission): string {
  const plan = planModule(emission);
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const statements: (string | StatementStructures)[] = [
    ...importsOf(plan),
    valuesInterface("Inputs", "What a run reads, row by row.", plan.program.inputs),
    valuesInterface("Outputs", "What a run computes, row by row.", plan.program.outputs),
    modelInterface(plan),
    inputTable(plan.program),
    loadFunction(plan),
    createFunction(plan),
    ...weightsConstant(plan),
  ];
  const file = project.createSourceFile("module.ts", { statements });
  const kernels = plan.kernels.map((kernel) => `\n${kernel}`).join("");
  return `${headerComment(emission)}\n${file.getFullText()}${kernels}`;
}

function importsOf(plan: ModulePlan): StatementStructures[] {
  const { constants, weights, helpers, program, standalone, name } = plan;
  const used = new Set(["allocate", "writeInputs", ...helpers]);
  if (constants.length > 0) {
    used.add("constantMemory").add("loadWeights");
    if (weights === "inline") used.add("decodeBase64");
  }
  if (program.outputs.some(({ type }) => type.dtype === "i64")) used.add("widen");
  const moduleSpecifier = standalone ? `./${name}.runtime.js` : "tilewright/runtime";
  const types = ["InputSpec", ...(constants.length > 0 ? ["LoadOptions"] : [])];
  return [
    { names: [...used].sort(), isTypeOnly: false },
    { names: types, isTypeOnly: true },
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
  values: readonly ProgramValue[],
): StatementStructures {
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
function countOf({ type: { dims } }: ProgramValue): string {
  const count = elementCount(dims);
  return dims.length < 2
    ? `${count} ${count === 1 ? "value" : "values"}`
    : `${count} values, ${dims.join(" × ")}`;
}

function modelInterface({ type, program }: ModulePlan): StatementStructures {
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

function weightsConstant({ constants, weights }: ModulePlan): string[] {
  if (constants.length === 0) return [];
  const size = `/** Of the weights: they must be the ones of this build. */\nconst WEIGHTS_BYTES = ${constants.length};`;
  if (weights === "file") return [size];
  const text = Buffer.from(constants).toString("base64");
  return [size, `/** Base64, little-endian. */\nconst WEIGHTS =\n  "${text}";`];
}
