/** The JavaScript around WebAssembly: load, create, and the one memory that code and weights share. */
import { partName, weightsFileName, type Emission } from "../../emit/emission.js";
import type { OutputFile } from "../../emit/outputFile.js";
import { returnModel } from "../../emit/outputs.js";
import { base64Constant, modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { ConstantStatement, FunctionStatement } from "../../emit/statements.js";
import { urlBeside } from "../../emit/urlBeside.js";
import type { WasmBinary, WasmBuild } from "./build.js";
import type { MemoryLayout } from "./module.js";
import type { WasmOptions } from "./options.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ..."PLAIN RELAXED CODE PAGES ARENA_START ARENA_BYTES WebAssembly start wasm".split(" "),
  ..."WasmLoadOptions WasmMemory WasmModule CodePart WeightsPart checkLength compileWasm".split(
    " ",
  ),
  ..."createMemory hasRelaxedSimd loadModel loadWasm startWasm viewsOf ownCode".split(" "),
  ..."memory code runKernels verify weights".split(" "),
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
  taken: readonly string[],
): ModuleParts {
  const { constants, weights } = emission;
  const type = modelType(emission, new Set([...taken, ...OWN_NAMES]));
  const glue: Glue = { ...emission, wasm, build, type };
  const inlineWeights = constants.length > 0 && weights === "inline";
  return {
    type,
    flags: [`--wasm ${wasm}`, `--simd ${simd}`],
    imports: [
      ..."compileWasm createMemory loadWasm startWasm viewsOf".split(" "),
      ...(build.modules.length > 1 ? ["hasRelaxedSimd"] : []),
      ...(constants.length > 0 ? ["checkLength", "loadModel"] : []),
      ...(inlineWeights || wasm === "inline" ? ["decodeBase64"] : []),
    ],
    importedTypes: [
      ..."CodePart VerifyOptions WasmLoadOptions WasmMemory WasmModule".split(" "),
      ...(constants.length > 0 ? ["WeightsPart"] : []),
    ],
    functions: [
      ...[loadFunction(glue), createFunction(glue), startFunction(glue)],
      ...(wasm === "inline" ? [ownCodeFunction(glue)] : []),
    ],
    constants: [
      ...memoryConstants(emission, build.memory),
      ...weightsConstants(emission, "WeightsPart", `start: ${build.memory.constantsStart}, `),
      codeConstant(build),
      ...(wasm === "file"
        ? []
        : build.modules.map(({ simd, bytes }) =>
            base64Constant(simd.toUpperCase(), `WebAssembly with ${simd} SIMD, base64.`, bytes),
          )),
    ],
    kernels: [],
    files: filesOf(glue, wat),
  };
}

function filesOf(glue: Glue, wat: boolean): OutputFile[] {
  return glue.build.modules.flatMap((module) => {
    const path = fileName(glue, module);
    return [
      ...(glue.wasm === "file" ? [{ path, content: module.bytes }] : []),
      ...(wat ? [{ path: path.replace(/\.wasm$/, ".wat"), content: module.text }] : []),
    ];
  });
}

function fileName(glue: Glue, { simd, hash }: WasmBinary): string {
  return partName(glue, hash, simd === "plain" ? "wasm" : "relaxed.wasm");
}

function memoryConstants(
  { program }: Emission,
  { arenaStart, pages }: MemoryLayout,
): ConstantStatement[] {
  const constant = (name: string, value: number, doc?: string): ConstantStatement => ({
    kind: "constant",
    name,
    value: String(value),
    ...(doc === undefined ? {} : { doc }),
  });
  return [
    constant("PAGES", pages, "Of the memory: 64 KiB each. It never grows."),
    constant("ARENA_START", arenaStart, "Where the arena begins in it, and its size, in bytes."),
    constant("ARENA_BYTES", program.arenaBytes ?? 0),
  ];
}

function codeConstant({ modules }: WasmBuild): ConstantStatement {
  const rows = modules.map(
    ({ bytes, hash, id }) => `{ bytes: ${bytes.length}, hash: "${hash}", id: "${id}" }`,
  );
  const kinds = modules.map(({ simd }) => simd).join(", then with ");
  return {
    kind: "constant",
    doc: `WebAssembly of this build, with ${kinds} SIMD.`,
    name: "CODE",
    type: "readonly CodePart[]",
    value: `[\n${rows.join(",\n")},\n]`,
  };
}

/** The code that this engine runs best: a URL beside the module, or bytes in it. */
function ownCode(glue: Glue): string {
  const [first, second] = glue.build.modules.map((module) =>
    glue.wasm === "file"
      ? urlBeside(fileName(glue, module), glue.format)
      : `decodeBase64(${module.simd.toUpperCase()})`,
  );
  return second === undefined ? first! : `hasRelaxedSimd() ? ${second} : ${first!}`;
}

function ownCodeFunction(glue: Glue): FunctionStatement {
  return {
    kind: "function",
    name: "ownCode",
    parameters: [],
    returns: "Uint8Array<ArrayBuffer>",
    doc: "What lies in this module is of its build, and not checked.",
    body: [`return ${ownCode(glue)};`],
  };
}

function loadFunction(glue: Glue): FunctionStatement {
  const { constants, weights, wasm, type } = glue;
  const code =
    wasm === "file"
      ? `loadWasm(options.wasm ?? (${ownCode(glue)}), CODE, options)`
      : `loadWasm(options.wasm ?? ownCode(), CODE, ${unlessOwn("options.wasm")})`;
  const source =
    weights === "inline"
      ? "decodeBase64(WEIGHTS_BASE64)"
      : urlBeside(weightsFileName(glue), glue.format);
  const statements =
    constants.length === 0
      ? [`return start(startWasm(await ${code}, memory), memory);`]
      : [
          `const code = ${code};`,
          `const weights = options.weights ?? ${source};`,
          `return start(await loadModel(code, memory, weights, WEIGHTS, ${verifyText("options.weights", weights)}, options), memory);`,
        ];
  const places = [
    wasm === "inline" ? "the code in this module" : "the code beside this module",
    ...(constants.length === 0
      ? []
      : [weights === "inline" ? "its weights" : `the weights from ${weightsFileName(glue)}`]),
  ];
  const instead =
    constants.length === 0 ? "`options.wasm`" : "`options.wasm` and `options.weights`";
  return {
    kind: "function",
    isExported: true,
    isAsync: true,
    name: "load",
    parameters: [{ name: "options", type: "WasmLoadOptions", value: "{}" }],
    returns: `Promise<${type}>`,
    doc: `Loads ${places.join(" and ")}, or ${instead} instead.\nThrows an Error where they cannot be read or are not of this build: they are checked unless \`verify\` is false.`,
    body: ["const memory = createMemory(PAGES);", ...statements],
  };
}

/** Code in the module itself need not be checked. */
function unlessOwn(given: string): string {
  return `${given} === undefined ? { ...options, verify: false } : options`;
}

/** Whether weights are to be checked; those in the module itself need not be. */
function verifyText(given: string, weights: Emission["weights"]): string {
  return weights === "inline"
    ? `${given} !== undefined && options.verify !== false`
    : "options.verify !== false";
}

function createFunction(glue: Glue): FunctionStatement {
  const { constants, weights, wasm, type } = glue;
  const own = weights === "inline";
  const bytes = {
    name: "bytes",
    type: `ArrayBuffer | Uint8Array${own && wasm === "file" ? " | undefined" : ""}`,
    // Where code must follow, only undefined can stand for the weights in the module.
    isOptional: own && wasm === "inline",
  };
  const code = { name: "wasm", type: "WasmModule", isOptional: wasm === "inline" };
  const options = { name: "options", type: "VerifyOptions", value: "{}" };
  const compiled =
    wasm === "file"
      ? "compileWasm(wasm, CODE, options)"
      : `compileWasm(wasm ?? ownCode(), CODE, ${unlessOwn("wasm")})`;
  const given = own ? "given" : "bytes";
  const copy = [
    ...(own ? ["const given = bytes ?? decodeBase64(WEIGHTS_BASE64);"] : []),
    `const weights = ${given} instanceof Uint8Array ? ${given} : new Uint8Array(${given});`,
    "checkLength(weights, WEIGHTS.bytes);",
    "const memory = createMemory(PAGES);",
    "new Uint8Array(memory.buffer).set(weights, WEIGHTS.start);",
    `const verify = ${verifyText("bytes", weights)};`,
    `return start(startWasm(${compiled}, memory, verify ? WEIGHTS : undefined), memory);`,
  ];
  return {
    kind: "function",
    isExported: true,
    name: "create",
    parameters: [...(constants.length === 0 ? [] : [bytes]), code, options],
    returns: type,
    doc: `The model with a memory of its own, from ${constants.length === 0 ? "code that is" : "weights and code that are"} at hand: a compiled WebAssembly.Module, or its bytes.\nThrows an Error where they are not of this build: they are checked unless \`verify\` is false.`,
    body:
      constants.length === 0
        ? [
            "const memory = createMemory(PAGES);",
            `return start(startWasm(${compiled}, memory), memory);`,
          ]
        : copy,
  };
}

function startFunction({ type }: Glue): FunctionStatement {
  return {
    kind: "function",
    name: "start",
    parameters: [
      { name: "runKernels", type: "() => void" },
      { name: "memory", type: "WasmMemory" },
    ],
    returns: type,
    doc: "The model around code that works in a memory.",
    body: [
      "const arena = viewsOf(memory.buffer, ARENA_START, ARENA_BYTES);",
      ...returnModel(["runKernels();"]),
    ],
  };
}
