/** A module of TypeScript alone: load, which fetches weights, create, which runs, and a function for each kernel. */
import { StructureKind, type FunctionDeclarationStructure } from "ts-morph";
import type { Emission } from "../../emit/emission.js";
import { createLocals } from "../../emit/locals.js";
import { weightsFileName } from "../../emit/names.js";
import { arenaArrays, outputsOf, returnModel } from "../../emit/outputs.js";
import { MODULE_NAMES, modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { KernelCall } from "../../program/lowered.js";
import { assembleFunction, printParts } from "./print.js";
import { HELPERS, MEMORY_ARRAYS, type MemoryArray } from "./arrays.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ...[...MEMORY_ARRAYS, ...HELPERS],
  ..."allocate constantMemory constants loadWeights LoadOptions".split(" "),
];

/** Prints the kernels under names that hide nothing, and the functions around them. */
export function typescriptParts(emission: Emission): ModuleParts {
  const { functions, calls } = emission.code[0]!.lowered;
  const local = createLocals(
    functions.map(({ name }) => name),
    new Set([...MODULE_NAMES, ...OWN_NAMES]),
  );
  const printed = new Map(
    functions.map(({ name, code }) => {
      const parts = printParts(code);
      emission.budget.spend("code", parts.body.length, { node: name });
      return [name, parts];
    }),
  );
  const parts = [...printed.values()];
  const callText = (call: KernelCall): string => {
    const passed = [...printed.get(call.function)!.arrays, ...call.arguments];
    return `${local(call.function)}(${passed.join(", ")});`;
  };
  const module: TypeScriptModule = {
    ...emission,
    type: modelType(emission, [...OWN_NAMES, ...functions.map(({ name }) => local(name))]),
    loadCalls: calls.filter(({ atLoad }) => atLoad === true).map(callText),
    calls: calls.filter(({ atLoad }) => atLoad !== true).map(callText),
    arrays: new Set(parts.flatMap(({ arrays }) => arrays)),
  };
  const { constants, weights } = emission;
  return {
    type: module.type,
    flags: [],
    imports: [
      "allocate",
      ...parts.flatMap(({ helpers }) => helpers),
      ...(constants.length > 0 ? ["constantMemory", "loadWeights"] : []),
      ...(constants.length > 0 && weights === "inline" ? ["decodeBase64"] : []),
    ],
    importedTypes: constants.length > 0 ? ["LoadOptions"] : [],
    functions: [loadFunction(module), createFunction(module)],
    constants: weightsConstants(emission),
    kernels: functions.map(({ name, code }) =>
      assembleFunction(local(name), code.summary, printed.get(name)!),
    ),
    runtime: ["numbers", "memory", "values", "weights", "activation"],
    files: [],
  };
}

interface TypeScriptModule extends Emission {
  readonly type: string;
  /** One call per kernel that runs once. */
  readonly loadCalls: readonly string[];
  /** One call per kernel of a run. */
  readonly calls: readonly string[];
  /** Memory arrays that calls pass. */
  readonly arrays: ReadonlySet<MemoryArray>;
}

/** `load()`: asynchronous, with the weights that belong to the module unless others are given. */
function loadFunction(module: TypeScriptModule): FunctionDeclarationStructure {
  const { type, constants, weights, name } = module;
  const base = { kind: StructureKind.Function, isExported: true, isAsync: true } as const;
  const returnType = `Promise<${type}>`;
  if (constants.length === 0) {
    const docs = ["Ready at once: the model has no weights."];
    return { ...base, name: "load", returnType, docs, statements: ["return create();"] };
  }
  const statements =
    weights === "inline"
      ? [
          "if (options.weights === undefined) return create();",
          "return create(await loadWeights(options.weights, WEIGHTS_BYTES, options));",
        ]
      : [
          `const source = options.weights ?? new URL("./${weightsFileName(name)}", import.meta.url);`,
          "return create(await loadWeights(source, WEIGHTS_BYTES, options));",
        ];
  const place =
    weights === "inline" ? "from this module" : `from ${weightsFileName(name)} beside this module`;
  return {
    ...base,
    name: "load",
    parameters: [{ name: "options", type: "LoadOptions", initializer: "{}" }],
    returnType,
    docs: [
      `Loads the weights ${place}, or from \`options.weights\`.\nThrows an Error where they cannot be read or are not the weights of this build.`,
    ],
    statements,
  };
}

/** `create()`: synchronous, with inline or given weights. */
function createFunction(module: TypeScriptModule): FunctionDeclarationStructure {
  const { constants, weights, type } = module;
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: "create",
    parameters:
      constants.length === 0
        ? []
        : [
            {
              name: "bytes",
              type: "ArrayBuffer | Uint8Array",
              ...(weights === "inline" ? { initializer: "decodeBase64(WEIGHTS)" } : {}),
            },
          ],
    returnType: type,
    docs: [
      constants.length === 0
        ? "The model with an arena of its own."
        : "The model with an arena of its own and weights that are at hand.",
    ],
    statements: createBody(module),
  };
}

function createBody(module: TypeScriptModule): string[] {
  const { codes, declarations } = outputsOf(module.program);
  const used = new Set<MemoryArray>([...module.arrays, ...codes.map(({ array }) => array)]);
  return [
    `const arena = allocate(${module.program.arenaBytes ?? 0});`,
    ...arenaArrays(used),
    ...(module.constants.length === 0
      ? []
      : ["const constants = constantMemory(bytes, WEIGHTS_BYTES);"]),
    ...(used.has("weights") ? ["const weights = constants.f32;"] : []),
    ...(used.has("tables") ? ["const tables = constants.i32;"] : []),
    ...module.loadCalls,
    ...declarations,
    returnModel(module.calls, codes),
  ];
}
