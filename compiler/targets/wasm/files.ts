/** The files beside a module: WebAssembly, its text where that is asked for, and what the module's workers run. */
import { partName, type Emission } from "../../emit/emission.js";
import type { OutputFile } from "../../emit/outputFile.js";
import type { WasmBinary, WasmBuild } from "./build.js";
import { workerFile } from "./threads/worker.js";

/** What a module is made of, and where its code goes. */
export interface Glue extends Emission {
  readonly wasm: "inline" | "file";
  readonly build: WasmBuild;
  /** The interface of the model. */
  readonly type: string;
}

export function filesOf(glue: Glue, wat: boolean): OutputFile[] {
  const { modules, memory } = glue.build;
  const code = modules.flatMap((module) => {
    const path = codeFileName(glue, module);
    return [
      ...(glue.wasm === "file" ? [{ path, content: module.bytes }] : []),
      ...(wat ? [{ path: path.replace(/\.wasm$/, ".wat"), content: module.text }] : []),
    ];
  });
  return memory.threads === undefined ? code : [...code, workerFile(glue)];
}

/** `net.relaxed.wasm` */
export function codeFileName(glue: Emission, { simd, hash }: WasmBinary): string {
  return partName(glue, hash, simd === "plain" ? "wasm" : `${simd}.wasm`);
}
