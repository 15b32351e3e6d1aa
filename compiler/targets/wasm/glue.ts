/** The JavaScript around WebAssembly: load, create, and the one memory that code and weights share. */
import { StructureKind, type FunctionDeclarationStructure } from "ts-morph";
import type { Emission } from "../../emit/emission.js";
import { weightsFileName } from "../../emit/names.js";
import type { OutputFile } from "../../emit/outputFile.js";
import { arenaArrays, outputsOf, returnModel } from "../../emit/outputs.js";
import { base64Constant, modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { WasmBuild } from "./build.js";
import type { MemoryLayout } from "./module.js";
import type { WasmOptions } from "./options.js";
import type { Simd } from "./simd.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ..."PLAIN RELAXED PAGES WEIGHTS_START ARENA_START ARENA_BYTES WebAssembly start wasm".split(" "),
  ..."WasmLoadOptions WasmModule checkWeights compileWasm createMemory hasRelaxedSimd".split(" "),
  ..."loadInto loadWasm startWasm viewsOf memory module runKernels weights".split(" "),
];

/** What the module is made of, and where its code goes. */
interface Glue extends Emission {
  readonly wasm: "inline" | "file";
  readonly build: WasmBuild;
  readonly type: string;
}

export function wasmParts(
  emission: Emission,
  { wasm = emission.weights, simd = "both", wat = false }: WasmOptions,
  build: WasmBuild,
): ModuleParts {
  const { constants, weights } = emission;
  const type = modelType(emission, OWN_NAMES);
  const glue: Glue = { ...emission, wasm, build, type };
  const inlineWeights = constants.length > 0 && weights === "inline";
  return {
    type,
    flags: [`--wasm ${wasm}`, `--simd ${simd}`],
    imports: [
      ..."compileWasm createMemory loadWasm startWasm viewsOf".split(" "),
      ...(build.modules.length > 1 ? ["hasRelaxedSimd"] : []),
      ...(constants.length > 0 ? ["checkWeights", "loadInto"] : []),
      ...(inlineWeights || wasm === "inline" ? ["decodeBase64"] : []),
    ],
    importedTypes: ["WasmLoadOptions", "WasmModule"],
    functions: [loadFunction(glue), createFunction(glue), startFunction(glue)],
    constants: [
      ...memoryConstants(emission, build.memory),
      ...weightsConstants(emission),
      ...(wasm === "file"
        ? []
        : build.modules.map(({ simd, bytes }) =>
            base64Constant(simd.toUpperCase(), `WebAssembly with ${simd} SIMD, base64.`, bytes),
          )),
    ],
    kernels: [],
    runtime: ["memory", "values", "weights", "wasm", "activation"],
    files: filesOf(glue, wat),
  };
}

function filesOf({ name, wasm, build }: Glue, wat: boolean): OutputFile[] {
  return build.modules.flatMap(({ simd, text, bytes }) => {
    const path = fileName(name, simd);
    return [
      ...(wasm === "file" ? [{ path, content: bytes }] : []),
      ...(wat ? [{ path: path.replace(/\.wasm$/, ".wat"), content: text }] : []),
    ];
  });
}

function fileName(name: string, simd: Simd): string {
  return simd === "plain" ? `${name}.wasm` : `${name}.relaxed.wasm`;
}

function memoryConstants(
  { constants, program }: Emission,
  { constantsStart, arenaStart, pages }: MemoryLayout,
): string[] {
  const weights = `/** Where the weights begin in it, in bytes. */\nconst WEIGHTS_START = ${constantsStart};`;
  return [
    `/** Of the memory: 64 KiB each. It never grows. */\nconst PAGES = ${pages};`,
    ...(constants.length === 0 ? [] : [weights]),
    `/** Where the arena begins in it, and its size, in bytes. */\nconst ARENA_START = ${arenaStart};\nconst ARENA_BYTES = ${program.arenaBytes ?? 0};`,
  ];
}

/** The code that this engine runs best: a URL beside the module, or bytes in it. */
function defaultWasm({ wasm, name, build }: Glue): string {
  const [first, second] = build.modules.map(({ simd }) =>
    wasm === "file"
      ? `new URL("./${fileName(name, simd)}", import.meta.url)`
      : `decodeBase64(${simd.toUpperCase()})`,
  );
  return second === undefined ? first! : `(hasRelaxedSimd() ? ${second} : ${first!})`;
}

function loadFunction(glue: Glue): FunctionDeclarationStructure {
  const { constants, weights, wasm, name, type } = glue;
  const code = `loadWasm(options.wasm ?? ${defaultWasm(glue)}, options)`;
  const source =
    weights === "inline"
      ? "decodeBase64(WEIGHTS)"
      : `new URL("./${weightsFileName(name)}", import.meta.url)`;
  const target = "new Uint8Array(memory.buffer, WEIGHTS_START, WEIGHTS_BYTES)";
  const statements =
    constants.length === 0
      ? [`return start(await ${code}, createMemory(PAGES));`]
      : [
          "const memory = createMemory(PAGES);",
          `const [module] = await Promise.all([\n${code},\nloadInto(options.weights ?? ${source}, ${target}, options),\n]);`,
          "return start(module, memory);",
        ];
  const places = [
    wasm === "inline" ? "the code in this module" : "the code beside this module",
    ...(constants.length === 0
      ? []
      : [weights === "inline" ? "its weights" : `the weights from ${weightsFileName(name)}`]),
  ];
  const instead =
    constants.length === 0 ? "`options.wasm`" : "`options.wasm` and `options.weights`";
  return {
    kind: StructureKind.Function,
    isExported: true,
    isAsync: true,
    name: "load",
    parameters: [{ name: "options", type: "WasmLoadOptions", initializer: "{}" }],
    returnType: `Promise<${type}>`,
    docs: [
      `Loads ${places.join(" and ")}, or ${instead} instead.\nThrows an Error where they cannot be read or are not of this build.`,
    ],
    statements,
  };
}

function createFunction(glue: Glue): FunctionDeclarationStructure {
  const { constants, weights, wasm, type } = glue;
  const bytes = {
    name: "bytes",
    type: "ArrayBuffer | Uint8Array",
    ...(weights === "inline" ? { initializer: "decodeBase64(WEIGHTS)" } : {}),
  };
  const code = {
    name: "wasm",
    type: "WasmModule",
    ...(wasm === "inline" ? { initializer: defaultWasm(glue) } : {}),
  };
  const copy = [
    "const weights = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);",
    "checkWeights(weights, WEIGHTS_BYTES);",
    "const memory = createMemory(PAGES);",
    "new Uint8Array(memory.buffer).set(weights, WEIGHTS_START);",
    "return start(compileWasm(wasm), memory);",
  ];
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: "create",
    parameters: constants.length === 0 ? [code] : [bytes, code],
    returnType: type,
    docs: [
      `The model with a memory of its own, from ${constants.length === 0 ? "code that is" : "weights and code that are"} at hand: a compiled WebAssembly.Module, or its bytes.`,
    ],
    statements:
      constants.length === 0 ? ["return start(compileWasm(wasm), createMemory(PAGES));"] : copy,
  };
}

function startFunction({ program, type }: Glue): FunctionDeclarationStructure {
  const { codes, declarations } = outputsOf(program);
  return {
    kind: StructureKind.Function,
    name: "start",
    parameters: [
      { name: "module", type: "WebAssembly.Module" },
      { name: "memory", type: "WebAssembly.Memory" },
    ],
    returnType: type,
    docs: ["The model in a memory that holds its weights."],
    statements: [
      "const runKernels = startWasm(module, memory);",
      "const arena = viewsOf(memory.buffer, ARENA_START, ARENA_BYTES);",
      ...arenaArrays(new Set(codes.map(({ array }) => array))),
      ...declarations,
      returnModel(["runKernels();"], codes),
    ],
  };
}
