/** The statements of an emitted module: types, load, create, run, the kernels below them, and what it needs of the runtime. */
import type { Port } from "../program/program.js";
import { elementCount, formatType } from "../base/tensor.js";
import { inComment, typeKey } from "./names.js";
import type { Emission } from "./emission.js";
import { metadataStatements, portStatements } from "./metadata.js";
import { ARRAYS, type ModuleParts } from "./parts.js";
import { inputForms, pictureTypes, type InputForm } from "./pictures.js";
import { runtimeParts, type RuntimeSource } from "./runtimeSource.js";
import type { ImportStatement, InterfaceStatement, Signature, Statement } from "./statements.js";

/** `runtime`: what a module that stands alone takes its parts of. */
export function moduleStatements(
  emission: Emission,
  parts: ModuleParts,
  runtime?: RuntimeSource,
): Statement[] {
  const { inputs, outputs, states } = emission.program;
  const forms = inputForms(inputs);
  const portTypes = [...pictureTypes(inputs), ...halfTypes([...inputs, ...outputs])];
  const imports = importsOf(parts, portTypes, states.length > 0);
  return [
    ...nodeImports(parts),
    ...(runtime === undefined ? imports : []),
    valuesInterface("Inputs", "What a run reads, row by row.", inputs, forms),
    valuesInterface("Outputs", "What a run computes, row by row.", outputs),
    modelInterface(emission, parts),
    ...portStatements(emission),
    ...metadataStatements(emission, parts.memory),
    ...parts.functions,
    ...parts.constants,
    ...parts.kernels.map((text) => ({ kind: "text", text }) as const),
    ...(runtime === undefined ? [] : standaloneParts(runtime, imports)),
  ];
}

function standaloneParts(runtime: RuntimeSource, imports: readonly ImportStatement[]): Statement[] {
  const parts = runtimeParts(
    runtime,
    imports.flatMap(({ names }) => names),
  );
  return [
    { kind: "text", text: "/* What this module needs of Tilewright's runtime. */" },
    ...parts,
  ];
}

function importsOf(
  { imports, importedTypes }: ModuleParts,
  portTypes: readonly string[],
  keepsStates: boolean,
): ImportStatement[] {
  const kept = keepsStates ? ["createReset"] : [];
  const used = new Set(["createOutputs", "portsOf", "writeInputs", ...kept, ...imports]);
  const types = ["RunOptions", ...portTypes, ...importedTypes];
  const from = "tilewright/runtime";
  return [
    { kind: "import", names: [...used].sort(), isType: false, from },
    { kind: "import", names: types.sort(), isType: true, from },
  ];
}

/** What says where a file of CommonJS lies. */
function nodeImports({ functions }: ModuleParts): ImportStatement[] {
  const name = "pathToFileURL";
  const isUsed = functions.some(({ body }) => body.some((text) => text.includes(`${name}(`)));
  return isUsed ? [{ kind: "import", names: [name], isType: false, from: "node:url" }] : [];
}

/** The type that a module imports for ports of f16. */
function halfTypes(ports: readonly Port[]): readonly string[] {
  return ports.some(({ type }) => type.dtype === "f16") ? [ARRAYS.f16] : [];
}

function valuesInterface(
  name: string,
  doc: string,
  values: readonly Port[],
  forms?: ReadonlyMap<string, InputForm>,
): InterfaceStatement {
  return {
    kind: "interface",
    name,
    doc,
    properties: values.map((value) => {
      const {
        type = ARRAYS[value.type.dtype],
        note = "",
        isOptional,
      } = forms?.get(value.name) ?? {};
      return {
        name: typeKey(value.name),
        type,
        doc: `${formatType(value.type)}: ${countOf(value)}.${note}`,
        ...(isOptional === undefined ? {} : { isOptional }),
      };
    }),
    methods: [],
  };
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

/** What is said of a model that keeps something from run to run. */
function resetMethod(states: readonly Port[]): Signature[] {
  if (states.length === 0) return [];
  const names = states.slice(0, MOST_NAMED).map(({ name }) => inComment(name));
  const more = states.length > MOST_NAMED ? ` and ${states.length - MOST_NAMED} more` : "";
  const doc = `Makes what is kept from run to run what it was before the first one: ${names.join(", ")}${more}.
Every run keeps it for the next; one that throws because of its inputs leaves it as it was.`;
  return [{ name: "reset", parameters: [], returns: "void", doc }];
}

const MOST_NAMED = 6;

function modelInterface(
  { program }: Emission,
  { type: name, properties = [], methods = [] }: ModuleParts,
): InterfaceStatement {
  const parameters = [
    { name: "inputs", type: "Inputs" },
    { name: "options", type: "RunOptions", isOptional: true },
  ];
  return {
    kind: "interface",
    name,
    doc: `The model ${inComment(program.name)}, ready to run.`,
    properties,
    methods: [
      { name: "run", parameters, returns: "Outputs", doc: RUN_DOC },
      ...resetMethod(program.states),
      ...methods,
    ],
  };
}
