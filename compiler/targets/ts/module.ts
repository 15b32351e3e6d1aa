/** A module of TypeScript alone: load, which fetches weights, create, which runs, and a function for each kernel. */
import { weightsFileName, type Emission } from "../../emit/emission.js";
import { conditionalCalls } from "../../emit/conditions.js";
import { createLocals } from "../../emit/locals.js";
import { arenaArrays, returnModel } from "../../emit/outputs.js";
import { modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { FunctionStatement } from "../../emit/statements.js";
import { urlBeside } from "../../emit/urlBeside.js";
import type { KernelCall } from "../../program/lowered.js";
import { assembleFunction, printParts } from "./print.js";
import {
  arrayType,
  elementsAWord,
  HELPERS,
  isOfArena,
  MEMORY_ARRAYS,
  type MemoryArray,
} from "./arrays.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ...[...MEMORY_ARRAYS, ...HELPERS],
  ..."allocate beside constantMemory constants loadWeights LoadOptions Part".split(" "),
];

/** Prints the kernels under names that hide nothing and are none of those taken, and the functions around them. */
export function typescriptParts(emission: Emission, taken: readonly string[]): ModuleParts {
  const { functions, calls } = emission.code[0]!.lowered;
  const local = createLocals(
    functions.map(({ name }) => name),
    new Set([...taken, ...OWN_NAMES]),
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
    type: modelType(
      emission,
      new Set([...taken, ...OWN_NAMES, ...functions.map(({ name }) => local(name))]),
    ),
    loadCalls: calls.filter(({ atLoad }) => atLoad === true).map(callText),
    calls: conditionalCalls(
      calls.filter(({ atLoad }) => atLoad !== true),
      callText,
      ({ element, is }, inner) =>
        `if (i32[${element}] ${is ? "!==" : "==="} 0) {\n${inner.join("\n")}\n}`,
    ),
    arrays: new Set([
      ...parts.flatMap(({ arrays }) => arrays),
      ...(calls.some(({ when }) => when !== undefined) ? (["i32"] as const) : []),
    ]),
  };
  const { constants, weights } = emission;
  return {
    type: module.type,
    flags: [],
    memory: {},
    imports: [
      "allocate",
      ...parts.flatMap(({ helpers }) => helpers),
      ...(constants.length > 0 ? ["constantMemory", "loadWeights"] : []),
      ...(constants.length > 0 ? [weights === "inline" ? "decodeBase64" : "beside"] : []),
    ],
    importedTypes: constants.length > 0 ? ["LoadOptions", "Part", "VerifyOptions"] : [],
    functions: [loadFunction(module), createFunction(module)],
    constants: weightsConstants(emission, "Part"),
    kernels: functions.map(({ name, code }) =>
      assembleFunction(local(name), code.summary, printed.get(name)!),
    ),
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
function loadFunction(module: TypeScriptModule): FunctionStatement {
  const { type, constants, weights } = module;
  const base = {
    kind: "function",
    name: "load",
    isExported: true,
    isAsync: true,
    returns: `Promise<${type}>`,
  } as const;
  if (constants.length === 0) {
    const doc = "Ready at once: the model has no weights.";
    return { ...base, parameters: [], doc, body: ["return create();"] };
  }
  const body =
    weights === "inline"
      ? [
          "if (options.weights === undefined) return create();",
          "return create(await loadWeights(options.weights, WEIGHTS.bytes, options), options);",
        ]
      : [
          `const source = options.weights ?? beside("weights", () => ${urlBeside(weightsFileName(module), module.format)});`,
          "return create(await loadWeights(source, WEIGHTS.bytes, options), options);",
        ];
  const place =
    weights === "inline"
      ? "from this module"
      : `from ${weightsFileName(module)} beside this module`;
  return {
    ...base,
    parameters: [{ name: "options", type: "LoadOptions", value: "{}" }],
    doc: `Loads the weights ${place}, or from \`options.weights\`.\nThrows an Error where they cannot be read or are not the weights of this build: they are checked unless \`verify\` is false.`,
    body,
  };
}

/** Views of what is narrower than 32 bits. */
function narrowArrays(arrays: ReadonlySet<MemoryArray>): string[] {
  const used = MEMORY_ARRAYS.filter((name) => arrays.has(name) && elementsAWord(name) > 1);
  return used.map((name) => {
    const words = `${isOfArena(name) ? "arena" : "constants"}.f32`;
    const length = `${words}.length * ${elementsAWord(name)}`;
    return `const ${name} = new ${arrayType(name)}(${words}.buffer, ${words}.byteOffset, ${length});`;
  });
}

/** `create()`: synchronous, with inline or given weights. */
function createFunction(module: TypeScriptModule): FunctionStatement {
  const { constants, weights, type } = module;
  return {
    kind: "function",
    isExported: true,
    name: "create",
    parameters:
      constants.length === 0
        ? []
        : [
            {
              name: "bytes",
              type: "ArrayBuffer | Uint8Array",
              isOptional: weights === "inline",
            },
            { name: "options", type: "VerifyOptions", value: "{}" },
          ],
    returns: type,
    doc:
      constants.length === 0
        ? "The model with an arena of its own."
        : "The model with an arena of its own and weights that are at hand. Given ones are read where they are: keep them as they are.\nThrows an Error where they are not the weights of this build: they are checked unless `verify` is false.",
    body: createBody(module),
  };
}

function createBody(module: TypeScriptModule): string[] {
  const { arrays, constants, weights } = module;
  const given = "constantMemory(bytes, WEIGHTS, options)";
  // What lies in the module itself is of its build.
  const own = "constantMemory(decodeBase64(WEIGHTS_BASE64), WEIGHTS, { verify: false })";
  return [
    ...(constants.length === 0
      ? []
      : [
          `const constants = ${weights === "file" ? given : `bytes === undefined ? ${own} : ${given}`};`,
        ]),
    "const arena = allocate(memory.arena);",
    ...arenaArrays(arrays),
    ...(arrays.has("weights") ? ["const weights = constants.f32;"] : []),
    ...(arrays.has("tables") ? ["const tables = constants.i32;"] : []),
    ...narrowArrays(arrays),
    ...module.loadCalls,
    ...returnModel(module, { calls: module.calls }, "constants"),
  ];
}
