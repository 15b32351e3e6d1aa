/** Starts WebAssembly modules: which variant the engine can run, where its bytes come from, and the memory it works in. */
import { explainedRefusal, reserve } from "./advice.js";
import { DOT_PROBE, kindOfProducts, type ByteProducts, type Products } from "./byteProducts.js";
import { openArrival, type Arrival, type Loading, type WeightsPart } from "./arrival.js";
import { bytesOf, isBytes } from "./bytes.js";
import { checkCode, type CodePart } from "./code.js";
import type { VerifyOptions } from "./part.js";
import { placeOf, readInto, type Source } from "./source.js";
import { loadInto, type LoadOptions, type WeightsSource } from "./weights.js";

/** What is used of it: programs may have the types of neither Node nor the DOM. */
declare namespace WebAssembly {
  interface Module {}
  interface Memory {
    readonly buffer: ArrayBufferLike;
  }
  interface Instance {
    readonly exports: object;
  }
  const Module: {
    new (bytes: Uint8Array<ArrayBuffer>): Module;
    customSections(module: Module, name: string): ArrayBuffer[];
  };
  const Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => Memory;
  const Instance: new (module: Module, imports: { readonly env: object }) => Instance;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}

/** A `WebAssembly.Memory`. */
export type WasmMemory = WebAssembly.Memory;

/** A module that is compiled. */
export type WasmCode = WebAssembly.Module;

/** A module, compiled or as bytes. */
export type WasmModule = WebAssembly.Module | ArrayBuffer | Uint8Array;

/** Where a module can come from; addresses are resolved as `fetch` does. */
export type WasmSource = WasmModule | Source | Promise<WasmModule | Source>;

export interface WasmLoadOptions extends LoadOptions {
  /** Instead of the code that belongs to the module, of the same build. */
  readonly wasm?: WasmSource | undefined;
  /** Whether what takes long in a run is compiled well while weights arrive: true by default. */
  readonly warm?: boolean | undefined;
}

/** A function that is valid where relaxed SIMD exists: f32x4.relaxed_madd of three zero vectors. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 1, 1, 123, 32, 0, 32,
  0, 32, 0, 253, 133, 2, 26, 11,
]);

/** Whether this engine has fused multiply-add and its kin. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/**
 * What this engine makes of its instructions, by their answers at the extremes: bytes without signs with AVX-VNNI, with
 * signs with ARM's dot products. Other x64 processors add up two products in 16 bits, which are cut off. Undefined
 * where they do anything else, or there is no relaxed SIMD.
 */
export function byteProducts(): ByteProducts {
  if (!WebAssembly.validate(DOT_PROBE)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(DOT_PROBE), { env: {} });
  return kindOfProducts(exports as Products);
}

/** A memory of so many pages of 64 KiB, zeroed, that never grows. Throws an Error where there is none. */
export function createMemory(pages: number, shared = false): WebAssembly.Memory {
  return reserve(
    65536 * pages,
    () => new WebAssembly.Memory({ initial: pages, maximum: pages, shared }),
  );
}

/** Compiles bytes at once; a module passes through. Throws as `loadWasm` does. */
export function compileWasm(
  wasm: WasmModule,
  code: readonly CodePart[],
  options: VerifyOptions = {},
): WebAssembly.Module {
  if (wasm instanceof WebAssembly.Module) return checkModule(wasm, code, options);
  const bytes = checkCode(codeOf(wasm), "wasm", code, options);
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    throw explainedRefusal(error);
  }
}

/**
 * The module of a source. Throws an Error that names the address where there is none, or a web page in its place,
 * or code of another build: whatever is not one of `code`. More bytes than the longest of them are never read.
 */
export async function loadWasm(
  source: WasmSource,
  code: readonly CodePart[],
  options: LoadOptions = {},
): Promise<WebAssembly.Module> {
  const { signal } = options;
  signal?.throwIfAborted();
  const given = await source;
  if (given instanceof WebAssembly.Module) return checkModule(given, code, options);
  if (isBytes(given)) return compileChecked(codeOf(given), "wasm", code, options);
  const target = new Uint8Array(Math.max(...code.map(({ bytes }) => bytes)));
  const length = await readInto(target, given, "wasm", { signal });
  signal?.throwIfAborted();
  const found = target.subarray(0, length);
  return compileChecked(found, placeOf("wasm", given), code, options, length);
}

/** Checked while other threads compile: what is refused is compiled in vain and never runs. */
async function compileChecked(
  ...[bytes, ...given]: Parameters<typeof checkCode>
): Promise<WebAssembly.Module> {
  const compiling = compileBytes(bytes);
  compiling.catch(() => undefined);
  checkCode(bytes, ...given);
  return compiling;
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw explainedRefusal(error);
  }
}

/**
 * Runs all kernels. A module of several threads is told how many naps this thread takes at most while nothing is done by
 * others, and says where the run stands then: 0 where it is over. Other than 0, `again` goes on with it.
 */
export type RunKernels = (naps?: number, again?: number) => number | void;

/** What modules of WebAssembly export. */
interface Exports extends Loading {
  readonly run: RunKernels;
  /**
   * Has other threads compile what takes long: at load, in stage 0, when a run begins, in 1, and later in it, in 2. They
   * take what waits for them in no order, so a stage begins when what it is for is next: the last one when weights are
   * read, and a run begins.
   */
  readonly warm?: (stage: number) => void;
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Exports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
}

/**
 * The `run` of a module that works in the memory, which holds the weights. Throws an Error where they are to be
 * checked and are not these; what runs at load runs after that.
 */
export function startWasm(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  weights?: WeightsPart,
): RunKernels {
  const exports = instantiate(module, memory);
  if (weights === undefined) exports.load?.(-1);
  else openArrival(exports, memory, weights, true).end();
  return exports.run;
}

/** The same of code that arrives while the weights do; they are checked, if at all, and used at load while more of them arrive. */
export async function loadModel(
  code: Promise<WebAssembly.Module>,
  memory: WebAssembly.Memory,
  source: WeightsSource,
  weights: WeightsPart,
  verify: boolean,
  options: WasmLoadOptions,
): Promise<RunKernels> {
  let arrival: Arrival | undefined;
  let arrived = 0;
  const start = async (): Promise<() => RunKernels> => {
    const exports = instantiate(await code, memory);
    const warm = options.warm === false ? undefined : exports.warm;
    warm?.(0);
    const { reach, end } = (arrival = openArrival(exports, memory, weights, verify));
    reach(arrived);
    warm?.(1);
    return () => {
      end();
      warm?.(2);
      return exports.run;
    };
  };
  const target = new Uint8Array(memory.buffer, weights.start, weights.bytes);
  const onBytes = (loaded: number): void => {
    arrived = loaded;
    arrival?.reach(loaded);
  };
  const [finish] = await Promise.all([start(), loadInto(source, target, options, onBytes)]);
  return finish();
}

function codeOf(given: ArrayBuffer | Uint8Array): Uint8Array<ArrayBuffer> {
  return bytesOf("wasm", given) as Uint8Array<ArrayBuffer>;
}

/** The custom section in which code says what it is. */
const SECTION = "tilewright";

/** Of what is compiled already nothing but its sections is to be seen. */
function checkModule(
  module: WebAssembly.Module,
  code: readonly CodePart[],
  { verify }: VerifyOptions,
): WebAssembly.Module {
  if (verify === false) return module;
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  const id =
    section && String.fromCharCode(...new Uint8Array(section, 0, Math.min(16, section.byteLength)));
  if (code.some((part) => part.id === id)) return module;
  throw new Error(
    "wasm: got a module compiled from the code of another build; is it from the same build as this one?",
  );
}
