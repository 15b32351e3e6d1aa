/** A module of WebAssembly and the glue around it: load, create, and the one memory that both share. */
import { StructureKind, type FunctionDeclarationStructure } from "ts-morph";
import { loadAssembler } from "../targets/wasm/assemble.js";
import { lowerProgram } from "../program/lower.js";
import {
  printModule,
  type MemoryLayout,
  type ModuleInput,
  type ModuleText,
} from "../targets/wasm/module.js";
import type { Simd } from "../targets/wasm/print.js";
import type { OutputFile } from "./outputFile.js";
import { wasmFileName, weightsFileName } from "./names.js";
import { outputsOf, returnModel, viewDeclarations } from "./outputs.js";
import {
  base64Constant,
  modelType,
  weightsConstants,
  type Emission,
  type ModuleParts,
} from "./plan.js";

/** The modules of a build: one, or one for engines with relaxed SIMD and one for those without. */
export interface WasmBuild {
  readonly memory: MemoryLayout;
  readonly variants: readonly {
    readonly simd: Simd;
    readonly text: string;
    readonly bytes: Uint8Array;
  }[];
}

export async function buildWasm({
  program,
  lowered,
  constants,
  simd,
  plain,
}: Emission): Promise<WasmBuild> {
  const wanted: readonly Simd[] = simd === "both" ? ["plain", "relaxed"] : [simd];
  const sizes = { constantBytes: constants.length, arenaBytes: program.arenaBytes ?? 0 };
  const inputs = wanted.map((one): readonly [Simd, ModuleInput] => [
    one,
    { ...(one === "plain" ? lowerProgram(program, plain) : lowered), ...sizes },
  ]);
  const print = (start: number): (ModuleText & { readonly simd: Simd })[] =>
    inputs.map(([one, input]) => ({ simd: one, ...printModule(input, one, { start }) }));
  // Both have one memory: where they start apart, the later start is right for both.
  const starts = print(0).map(({ memory }) => memory.constantsStart);
  const texts = print(Math.max(...starts));
  const assemble = await loadAssembler();
  const variants = texts.map(({ text, simd: one }) => ({ simd: one, text, bytes: assemble(text) }));
  return { memory: texts[0]!.memory, variants };
}

export function wasmFiles({ name, wasm, wat }: Emission, { variants }: WasmBuild): OutputFile[] {
  return variants.flatMap(({ simd, text, bytes }) => {
    const path = wasmFileName(name, simd);
    return [
      ...(wasm === "file" ? [{ path, content: bytes }] : []),
      ...(wat ? [{ path: path.replace(/\.wasm$/, ".wat"), content: text }] : []),
    ];
  });
}

export function wasmParts(emission: Emission, build: WasmBuild): ModuleParts {
  const { constants, weights, wasm } = emission;
  const type = modelType(emission, []);
  const inlineWeights = constants.length > 0 && weights === "inline";
  return {
    type,
    imports: [
      ..."compileWasm createMemory loadWasm startWasm viewsOf".split(" "),
      ...(build.variants.length > 1 ? ["hasRelaxedSimd"] : []),
      ...(constants.length > 0 ? ["checkWeights", "loadInto"] : []),
      ...(inlineWeights || wasm === "inline" ? ["decodeBase64"] : []),
    ],
    importedTypes: ["WasmLoadOptions", "WasmModule"],
    functions: [
      loadFunction(emission, build, type),
      createFunction(emission, build, type),
      startFunction(emission, type),
    ],
    constants: [
      ...memoryConstants(emission, build.memory),
      ...weightsConstants(emission),
      ...(wasm === "file"
        ? []
        : build.variants.map(({ simd, bytes }) =>
            base64Constant(simd.toUpperCase(), `WebAssembly with ${simd} SIMD, base64.`, bytes),
          )),
    ],
    kernels: [],
  };
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
function defaultWasm({ wasm, name }: Emission, { variants }: WasmBuild): string {
  const [first, second] = variants.map(({ simd }) =>
    wasm === "file"
      ? `new URL("./${wasmFileName(name, simd)}", import.meta.url)`
      : `decodeBase64(${simd.toUpperCase()})`,
  );
  return second === undefined ? first! : `(hasRelaxedSimd() ? ${second} : ${first!})`;
}

function loadFunction(
  emission: Emission,
  build: WasmBuild,
  type: string,
): FunctionDeclarationStructure {
  const { constants, weights, wasm, name } = emission;
  const code = `loadWasm(options.wasm ?? ${defaultWasm(emission, build)}, options)`;
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

function createFunction(
  emission: Emission,
  build: WasmBuild,
  type: string,
): FunctionDeclarationStructure {
  const { constants, weights, wasm } = emission;
  const bytes = {
    name: "bytes",
    type: "ArrayBuffer | Uint8Array",
    ...(weights === "inline" ? { initializer: "decodeBase64(WEIGHTS)" } : {}),
  };
  const code = {
    name: "wasm",
    type: "WasmModule",
    ...(wasm === "inline" ? { initializer: defaultWasm(emission, build) } : {}),
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

function startFunction({ program }: Emission, type: string): FunctionDeclarationStructure {
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
      ...viewDeclarations("arena", ["f32", "i32"], new Set(codes.map(({ view }) => view))),
      ...declarations,
      returnModel(["runKernels();"], codes),
    ],
  };
}
