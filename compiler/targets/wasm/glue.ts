/** The JavaScript around WebAssembly: load, create, and the one memory that code and weights share. */
import { partName, weightsFileName, type Emission } from "../../emit/emission.js";
import type { OutputFile } from "../../emit/outputFile.js";
import { returnModel } from "../../emit/outputs.js";
import { base64Constant, modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { ConstantStatement, FunctionStatement } from "../../emit/statements.js";
import { urlBeside } from "../../emit/urlBeside.js";
import type { WasmBinary, WasmBuild } from "./build.js";
import type { WasmOptions } from "./options.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ..."PLAIN RELAXED WIDE CODE ARENA_START WebAssembly start wasm".split(" "),
  ..."WasmLoadOptions WasmMemory WasmModule CodePart WeightsPart checkLength compileWasm".split(
    " ",
  ),
  ..."createMemory hasRelaxedSimd loadModel loadWasm startWasm viewsOf ownCode".split(" "),
  ..."heap code runKernels verify weights beside bytesOf".split(" "),
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
    memory: { total: 65536 * build.memory.pages, pages: build.memory.pages },
    imports: [
      ..."compileWasm createMemory loadWasm startWasm viewsOf".split(" "),
      ...(build.modules.length > 1 ? ["hasRelaxedSimd"] : []),
      ...(constants.length > 0 ? ["bytesOf", "checkLength", "loadModel"] : []),
      ...(wasm === "file" || (constants.length > 0 && weights === "file") ? ["beside"] : []),
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
      {
        kind: "constant",
        doc: "Where the arena begins in the memory, in bytes.",
        name: "ARENA_START",
        value: String(build.memory.arenaStart),
      },
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
  return partName(glue, hash, simd === "plain" ? "wasm" : `${simd}.wasm`);
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
      ? `loadWasm(options.wasm ?? beside("wasm", () => ${ownCode(glue)}), CODE, options)`
      : `loadWasm(options.wasm ?? ownCode(), CODE, ${unlessOwn("options.wasm")})`;
  const source =
    weights === "inline"
      ? "decodeBase64(WEIGHTS_BASE64)"
      : `beside("weights", () => ${urlBeside(weightsFileName(glue), glue.format)})`;
  const statements =
    constants.length === 0
      ? [`return start(startWasm(await ${code}, heap), heap);`]
      : [
          // Nobody would wait for code that is on its way where weights have no address.
          `const weights = options.weights ?? ${source};`,
          `const code = ${code};`,
          `return start(await loadModel(code, heap, weights, WEIGHTS, ${verifyText("options.weights", weights)}, options), heap);`,
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
    body: ["const heap = createMemory(memory.pages);", ...statements],
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
  const copy = [
    `const weights = bytesOf("weights", ${own ? "bytes ?? decodeBase64(WEIGHTS_BASE64)" : "bytes"});`,
    "checkLength(weights, WEIGHTS.bytes);",
    "const heap = createMemory(memory.pages);",
    "new Uint8Array(heap.buffer).set(weights, WEIGHTS.start);",
    `const verify = ${verifyText("bytes", weights)};`,
    `return start(startWasm(${compiled}, heap, verify ? WEIGHTS : undefined), heap);`,
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
            "const heap = createMemory(memory.pages);",
            `return start(startWasm(${compiled}, heap), heap);`,
          ]
        : copy,
  };
}

function startFunction(glue: Glue): FunctionStatement {
  return {
    kind: "function",
    name: "start",
    parameters: [
      { name: "runKernels", type: "() => void" },
      { name: "heap", type: "WasmMemory" },
    ],
    returns: glue.type,
    doc: "The model around code that works in a memory.",
    body: [
      "const arena = viewsOf(heap.buffer, ARENA_START, memory.arena);",
      ...returnModel(glue, ["runKernels();"], "viewsOf(heap.buffer, WEIGHTS.start, WEIGHTS.bytes)"),
    ],
  };
}
