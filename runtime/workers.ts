/** Starts workers wherever there are any, hears what becomes of them, and says why there are none. */
import { short } from "./text.js";
import type { UrlLike } from "./web.js";

/** A worker of the web, or of Node's `worker_threads`. */
export interface WorkerLike {
  postMessage(message: object): void;
  terminate(): unknown;
  addEventListener?(type: string, listener: (event: unknown) => void): void;
  on?(type: string, listener: (value: unknown) => void): unknown;
  ref?(): void;
  unref?(): void;
  readonly performance?: {
    eventLoopUtilization?(): { readonly idle: number; readonly active: number };
  };
}

/** The class of the workers that there are. */
export type WorkerClass = new (url: UrlLike, options: { readonly type: "module" }) => WorkerLike;

/** The worker of a file, whose address bundlers look for as it is. */
export type NewWorker = (Worker: WorkerClass) => WorkerLike;

interface Host {
  readonly Worker?: WorkerClass;
  readonly SharedArrayBuffer?: object;
  readonly crossOriginIsolated?: boolean;
  readonly document?: object;
  readonly Bun?: object;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: { readonly getBuiltinModule?: (name: string) => object | undefined };
  readonly console?: { warn(text: string): void };
}

const host = (): Host => globalThis as object as Host;

/** A module of Node's own, looked up at run time, so that bundles for browsers have nothing to resolve. */
function builtin<Module extends object>(name: string): Module | undefined {
  return host().process?.getBuiltinModule?.(name) as Module | undefined;
}

/** How many threads a machine runs at once, at least 1. */
export function coreCount(): number {
  const os = builtin<{ availableParallelism(): number }>("node:os");
  return Math.max(1, host().navigator?.hardwareConcurrency ?? os?.availableParallelism() ?? 1);
}

/** Whether memory can be shared with workers here; says once what is missing. Only pages have to ask for it. */
export function canShare(): boolean {
  const { crossOriginIsolated, SharedArrayBuffer } = host();
  if (crossOriginIsolated !== false && SharedArrayBuffer !== undefined) return true;
  warnOnce(
    "the page is not cross-origin isolated, so that the model runs on the calling thread alone; serve it, over https " +
      "or from localhost, with the headers Cross-Origin-Opener-Policy: same-origin and " +
      "Cross-Origin-Embedder-Policy: require-corp",
  );
  return false;
}

/** Whether a thread may sleep here; a page's own may not. */
export function mayWait(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === "not-equal";
  } catch {
    return false;
  }
}

/**
 * A class that starts Node's workers, with none of the flags and hooks of this thread, or the web's: Deno and Bun have
 * both, and keep a program alive for the web's.
 */
export function workerClass(): WorkerClass {
  const { Worker, document } = host();
  const threads = builtin<NodeThreads>("node:worker_threads");
  if (Worker !== undefined && (threads === undefined || document !== undefined)) return Worker;
  if (threads === undefined) throw new Error("there are no workers here");
  const options = { env: threads.SHARE_ENV, execArgv: [] };
  // What is called with `new` and returns an object has made that.
  return function (url: UrlLike) {
    return new threads.Worker(url, options);
  } as object as WorkerClass;
}

interface NodeThreads {
  readonly SHARE_ENV: symbol;
  readonly Worker: new (url: UrlLike, options: object) => WorkerLike;
}

/** Calls one with what a worker posts, the other with a reason where it errs or ends, perhaps more than once. */
export function listen(
  worker: WorkerLike,
  onMessage: (data: unknown) => void,
  onEnd: (reason: string) => void,
): void {
  const failed = (error: unknown): void => onEnd(reasonOf(error));
  if (worker.on !== undefined) {
    worker.on("message", onMessage);
    worker.on("error", failed);
    worker.on("messageerror", failed);
    worker.on("exit", (code) => onEnd(`it ended with ${String(code)}`));
    return;
  }
  worker.addEventListener?.("message", (event) => onMessage((event as { data: unknown }).data));
  for (const type of ["error", "messageerror", "close"]) worker.addEventListener?.(type, failed);
}

/**
 * Asked when a worker has answered: whether it has ended, then also where that cannot be heard yet because this thread
 * computes. Node counts the times of a worker's loop as long as there is one. Elsewhere nobody ends a worker meanwhile.
 */
export function watch({ performance }: WorkerLike): () => boolean {
  const { Bun } = host();
  const times = Bun === undefined ? performance?.eventLoopUtilization?.() : undefined;
  return times !== undefined && times.active > 0
    ? () => performance!.eventLoopUtilization!().idle < 0
    : () => false;
}

/** What an error or an event says; those of scripts that were not found or not allowed say nothing. */
export function reasonOf(error: unknown): string {
  const { message, type } = Object(error) as {
    readonly message?: unknown;
    readonly type?: unknown;
  };
  return short(String(message ?? type ?? error), 300);
}

const told = new Set<string>();

/** Says the same only once. */
export function warnOnce(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  host().console?.warn(`tilewright: ${text}`);
}
