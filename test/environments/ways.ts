/** Ways from one network to a module that an application imports. */

/** A way to the same network. */
export interface Way {
  readonly title: string;
  readonly wasm: boolean;
  /** Options of a build ahead; a plugin needs none. */
  readonly build?: string;
  /** What source files import, from the project's folder. */
  readonly from: string;
}

const ahead = (title: string, options: string, ending = "js"): Way => ({
  title: `built ahead, ${title}`,
  wasm: options.includes("--target wasm"),
  build: options,
  from: `models/lenet5.${ending}`,
});

export const TS = ahead("TypeScript, inline", "--target ts --weights inline --js");
export const TS_FILE = ahead("TypeScript, file", "--target ts --weights file --js");
export const TS_SOURCE = ahead("TypeScript, its source", "--target ts --weights file");
export const WASM = ahead("WebAssembly, inline", "--target wasm --weights inline --js");
export const WASM_FILES = ahead("WebAssembly, files", "--target wasm --weights file --js");
export const WASM_SOURCE = ahead("WebAssembly, its source", "--target wasm --weights file");
export const STANDALONE = ahead("alone in one file", "--target wasm --standalone --js");
export const THREADS = ahead(
  "threads, alone",
  "--target wasm --threads --weights file --standalone --js",
);
export const THREADS_SOURCE = ahead(
  "threads, its source",
  "--target wasm --threads --weights file",
);
export const ONE_FILE = ahead(
  "alone in one file with its weights",
  "--target wasm --standalone --weights inline",
  "ts",
);
export const CJS = ahead(
  "CommonJS, WebAssembly",
  "--target wasm --weights file --format cjs --js",
  "cjs",
);
export const CJS_TS = ahead(
  "CommonJS, TypeScript",
  "--target ts --weights inline --format cjs --js",
  "cjs",
);
export const TYPED = [
  ahead("TypeScript, its source", "--target ts --weights file", "ts"),
  ahead("WebAssembly, its source", "--target wasm --weights file", "ts"),
];

const imported = (title: string, from: string): Way => ({
  title: `plugin, ${title}`,
  wasm: from.includes("target=wasm"),
  from,
});

export const PLUGIN_TS = imported("TypeScript", "lenet5.onnx?target=ts");
export const PLUGIN_WASM = imported("WebAssembly", "lenet5.onnx?target=wasm");
export const PLUGIN_INLINE = imported("WebAssembly, inline", "lenet5.onnx?target=wasm&inline");
export const PLUGIN_MODEL = imported("the builder's model", "digits.model.ts?target=wasm");
export const PLUGIN_THREADS = imported("threads", "lenet5.onnx?target=wasm&threads");
export const PLUGIN = [PLUGIN_TS, PLUGIN_WASM, PLUGIN_INLINE, PLUGIN_MODEL];
