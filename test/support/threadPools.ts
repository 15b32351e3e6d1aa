/** Pools around the module that is written by hand, and what they compute. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, vi } from "vitest";
import { workerFile } from "../../compiler/targets/wasm/threads/worker.js";
import { createPool, startWasm, type ThreadOptions, type ThreadPool } from "../../runtime/index.js";
import { INPUT, OUTPUT, PART, PIECES, threadedModule } from "./threadedModule.js";

const { path, content } = workerFile({ name: "net", contentNames: false });
export const folder = mkdtempSync(join(tmpdir(), "threads-"));
writeFileSync(join(folder, path), content);
export const address = pathToFileURL(join(folder, path));
export const code = await threadedModule();
const pools: ThreadPool[] = [];

process.once("exit", () => rmSync(folder, { recursive: true }));

/** What a file of tests has made is gone after each of them. */
export function disposeAfterEach(): void {
  afterEach(() => {
    for (const pool of pools.splice(0)) pool.dispose();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

export function create(options: ThreadOptions = {}): ThreadPool {
  const pool = createPool(PART, options, (Worker) => new Worker(address, { type: "module" }));
  pools.push(pool);
  return pool;
}

/** As `load` of a module does, without all workers where they are slow to start. */
export function loadSome(options?: ThreadOptions): Promise<ThreadPool> {
  const pool = create(options);
  return pool.load(Promise.resolve(code), Promise.resolve(startWasm(code, pool.memory)));
}

/** With all workers. */
export async function load(options: ThreadOptions & { threads: number }): Promise<ThreadPool> {
  const pool = await loadSome(options);
  await vi.waitFor(() => expect(pool.threads).toBe(options.threads), 10_000);
  return pool;
}

const words = (pool: ThreadPool): Int32Array => new Int32Array(pool.memory.buffer);
export const write = (pool: ThreadPool, { from }: { readonly from: number }): void => {
  for (let i = 0; i < PIECES; i++) words(pool)[INPUT + i] = from + i;
};
export const read = (pool: ThreadPool): readonly number[] => [
  ...words(pool).subarray(OUTPUT, OUTPUT + PIECES),
];
export const expected = (from: number): readonly number[] =>
  Array.from({ length: PIECES }, (_, i) => from + i + 1);

export function run(pool: ThreadPool, from: number): readonly number[] {
  pool.check();
  write(pool, { from });
  pool.run();
  return read(pool);
}
export const runAsync = (pool: ThreadPool, from: number): Promise<readonly number[]> =>
  pool.runAsync(
    { from },
    (inputs) => write(pool, inputs),
    () => read(pool),
  );
