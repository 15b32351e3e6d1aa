/** The JavaScript around WebAssembly: what a module imports, its constants, and where its code goes. */
import type { Emission } from "../../emit/emission.js";
import { base64Constant, modelType, weightsConstants, type ModuleParts } from "../../emit/parts.js";
import type { ConstantStatement } from "../../emit/statements.js";
import type { WasmBuild } from "./build.js";
import { filesOf, type Glue } from "./files.js";
import { moduleFunctions } from "./functions.js";
import type { WasmOptions } from "./options.js";
import { threadParts } from "./threads/glue.js";

/** Names that a module of this target uses beside those of all modules. */
const OWN_NAMES: readonly string[] = [
  ..."PLAIN RELAXED WIDE USDOT SDOT USDOT16 CODE ARENA_START WebAssembly start wasm".split(" "),
  ..."WasmLoadOptions WasmMemory WasmModule CodePart WeightsPart checkLength compileWasm".split(
    " ",
  ),
  ..."createMemory byteProducts hasRelaxedSimd loadModel loadWasm startWasm viewsOf ownCode".split(
    " ",
  ),
  ..."heap code runKernels verify weights beside bytesOf".split(" "),
  ..."THREADS createPool pool newWorker given ThreadOptions ThreadPool ThreadsPart".split(" "),
  ..."Worker WorkerClass WorkerLike".split(" "),
];

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
  const { pages } = build.memory;
  const threads = threadParts(glue);
  return {
    type,
    properties: threads?.properties ?? [],
    methods: threads?.methods ?? [],
    flags: [`--wasm ${wasm}`, `--simd ${simd}`, ...(threads === undefined ? [] : ["--threads"])],
    memory: { total: 65536 * pages, pages, ...threads?.memory },
    imports: [
      ..."compileWasm loadWasm startWasm viewsOf".split(" "),
      ...(threads?.imports ?? ["createMemory"]),
      ...(build.modules.length > 1 ? ["hasRelaxedSimd"] : []),
      ...(build.modules.length > 2 ? ["byteProducts"] : []),
      ...(constants.length > 0 ? ["bytesOf", "checkLength", "loadModel"] : []),
      ...(wasm === "file" || (constants.length > 0 && weights === "file") ? ["beside"] : []),
      ...(inlineWeights || wasm === "inline" ? ["decodeBase64"] : []),
    ],
    importedTypes: [
      ..."CodePart VerifyOptions WasmLoadOptions WasmModule".split(" "),
      ...(threads?.importedTypes ?? ["WasmMemory"]),
      ...(constants.length > 0 ? ["WeightsPart"] : []),
    ],
    functions: [...moduleFunctions(glue), ...(threads?.functions ?? [])],
    constants: [
      {
        kind: "constant",
        doc: "Where the arena begins in the memory, in bytes.",
        name: "ARENA_START",
        value: String(build.memory.arenaStart),
      },
      ...(threads?.constants ?? []),
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
