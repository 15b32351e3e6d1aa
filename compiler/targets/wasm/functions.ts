/** The functions of a module around WebAssembly: load, create, and the one memory that code and weights share. */
import { weightsFileName, type Emission } from "../../emit/emission.js";
import { returnModel } from "../../emit/outputs.js";
import type { FunctionStatement } from "../../emit/statements.js";
import { urlBeside } from "../../emit/urlBeside.js";
import { codeFileName, type Glue } from "./files.js";
import { DOT_SIMDS } from "./simd.js";
import { THREADED_RUN } from "./threads/glue.js";

export function moduleFunctions(glue: Glue): FunctionStatement[] {
  return [
    ...[loadFunction(glue), createFunction(glue), startFunction(glue)],
    ...(glue.wasm === "inline" ? [ownCodeFunction(glue)] : []),
  ];
}

/** The code that this engine runs best: a URL beside the module, or bytes in it. */
function ownCode(glue: Glue): string {
  const code = new Map(
    glue.build.modules.map((module) => [
      module.simd,
      glue.wasm === "file"
        ? urlBeside(codeFileName(glue, module), glue.format)
        : `decodeBase64(${module.simd.toUpperCase()})`,
    ]),
  );
  const [first] = [...code.values()];
  if (code.size === 1) return first!;
  return DOT_SIMDS.filter((simd) => code.has(simd)).reduceRight(
    (rest, simd) => `byteProducts() === "${simd}" ? ${code.get(simd)!} : ${rest}`,
    `hasRelaxedSimd() ? ${code.get("relaxed")!} : ${first!}`,
  );
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
  const { open, heap, loaded } = roomOf(glue);
  const verify = verifyText("options.weights", weights);
  const statements =
    constants.length === 0
      ? [`const code = ${code};`, loaded(`code.then((given) => startWasm(given, ${heap}))`)]
      : [
          // Nobody would wait for code that is on its way where weights have no address.
          `const weights = options.weights ?? ${source};`,
          `const code = ${code};`,
          loaded(`loadModel(code, ${heap}, weights, WEIGHTS, ${verify}, options)`),
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
    parameters: [{ name: "options", type: optionsType("WasmLoadOptions", glue), value: "{}" }],
    returns: `Promise<${type}>`,
    doc: `Loads ${places.join(" and ")}, or ${instead} instead.\nThrows an Error where they cannot be read or are not of this build: they are checked unless \`verify\` is false.`,
    body: [open, ...statements],
  };
}

/** Where a model works. */
interface Room {
  /** Makes it. */
  readonly open: string;
  /** Its memory. */
  readonly heap: string;
  /** Returns the model, once what runs its kernels is there. */
  loaded(run: string): string;
  /** The same of what is there. */
  made(run: string): string;
}

function roomOf(glue: Glue): Room {
  return glue.build.memory.threads === undefined
    ? {
        open: "const heap = createMemory(memory.pages);",
        heap: "heap",
        loaded: (run) => `return start(await ${run}, heap);`,
        made: (run) => `return start(${run}, heap);`,
      }
    : {
        open: "const pool = createPool(THREADS, options, newWorker);",
        heap: "pool.memory",
        loaded: (run) => `return start(await pool.load(code, ${run}));`,
        made: (run) => `return start(pool.start(code, ${run}));`,
      };
}

const optionsType = (type: string, { build }: Glue): string =>
  build.memory.threads === undefined ? type : `${type} & ThreadOptions`;

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
  const options = { name: "options", type: optionsType("VerifyOptions", glue), value: "{}" };
  const compiled =
    wasm === "file"
      ? "compileWasm(wasm, CODE, options)"
      : `compileWasm(wasm ?? ownCode(), CODE, ${unlessOwn("wasm")})`;
  const { open, heap, made } = roomOf(glue);
  const copy = [
    `const weights = bytesOf("weights", ${own ? "bytes ?? decodeBase64(WEIGHTS_BASE64)" : "bytes"});`,
    "checkLength(weights, WEIGHTS.bytes);",
    open,
    `new Uint8Array(${heap}.buffer).set(weights, WEIGHTS.start);`,
    `const verify = ${verifyText("bytes", weights)};`,
    `const code = ${compiled};`,
    made(`startWasm(code, ${heap}, verify ? WEIGHTS : undefined)`),
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
        ? [open, `const code = ${compiled};`, made(`startWasm(code, ${heap})`)]
        : copy,
  };
}

function startFunction(glue: Glue): FunctionStatement {
  const { threads } = glue.build.memory;
  const { heap } = roomOf(glue);
  const run = threads === undefined ? { calls: ["runKernels();"] } : THREADED_RUN;
  return {
    kind: "function",
    name: "start",
    parameters:
      threads === undefined
        ? [
            { name: "runKernels", type: "() => void" },
            { name: "heap", type: "WasmMemory" },
          ]
        : [{ name: "pool", type: "ThreadPool" }],
    returns: glue.type,
    doc: `The model around ${threads === undefined ? "code that works" : "threads that work"} in a memory.`,
    body: [
      `const arena = viewsOf(${heap}.buffer, ARENA_START, memory.arena);`,
      ...returnModel(glue, run, `viewsOf(${heap}.buffer, WEIGHTS.start, WEIGHTS.bytes)`),
    ],
  };
}
