/** Makes the code of a build: one module of WebAssembly for each kind of engine, in memories of one layout. */
import type { Budget } from "../../base/budget.js";
import type { Emission } from "../../emit/emission.js";
import { loadAssembler } from "./assemble.js";
import { identified } from "./hash.js";
import { hashBytes } from "../../../runtime/hash.js";
import type { MemoryLayout } from "./memoryLayout.js";
import { printModule } from "./module.js";
import { SIMDS, type Simd } from "./simd.js";
import { variantOf } from "./variants.js";

export interface WasmBuild {
  readonly memory: MemoryLayout;
  /** What every engine runs comes first. */
  readonly modules: readonly WasmBinary[];
}

export interface WasmBinary {
  readonly simd: Simd;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly hash: string;
  /** What it says of itself once it is compiled. */
  readonly id: string;
}

export async function buildWasm({
  program,
  code,
  constants,
  budget,
}: Emission): Promise<WasmBuild> {
  const { arenaBytes = 0, overlaidBytes } = program;
  const sizes = { constantBytes: constants.length, arenaBytes, overlaidBytes };
  const inputs = SIMDS.flatMap((simd) =>
    code
      .filter(({ variant }) => variant === variantOf[simd].name)
      .map(({ lowered }) => ({ simd, input: { ...lowered, ...sizes } })),
  );
  const print = (start: number, counted?: Budget) =>
    inputs.map(({ simd, input }) => ({ simd, ...printModule(input, simd, start, counted) }));
  // Both have one memory: where they start apart, the later start is right for both.
  const starts = print(0, budget).map(({ memory }) => memory.arenaStart);
  const texts = print(Math.max(...starts));
  const assemble = await loadAssembler();
  const modules = texts.map(({ simd, text }) => {
    const { bytes, id } = identified(assemble(text));
    return { simd, text, bytes, hash: hashBytes(bytes), id };
  });
  const { threads, ...memory } = texts[0]!.memory;
  if (threads === undefined) return { memory, modules };
  const pages = texts.map((one) => one.memory.threads!.scratchPages);
  return {
    memory: { ...memory, threads: { ...threads, scratchPages: Math.max(...pages) } },
    modules,
  };
}
