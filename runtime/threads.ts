/** Runs a model on several threads, waited for or not, and on one where there are no more. */
import { openControl } from "./control.js";
import { createCrew, diedOf, type Crew, type Member } from "./crew.js";
import { createQueue, type Queue } from "./queue.js";
import { createMemory, type RunKernels, type WasmCode, type WasmMemory } from "./wasm.js";
import {
  canShare,
  coreCount,
  mayWait,
  reasonOf,
  warnOnce,
  workerClass,
  type NewWorker,
  type WorkerLike,
} from "./workers.js";

export interface ThreadOptions {
  /** How many compute a run, the calling thread among them: by default as many as the machine runs at once, at most 8. */
  readonly threads?: number | undefined;
  /** Makes a worker of the module's `.worker.js`, which is the same for all models, where the module itself cannot. */
  readonly worker?: (() => WorkerLike) | undefined;
}

/** The memory of a module that several threads run. */
export interface ThreadsPart {
  /** For one thread, of 64 KiB. */
  readonly pages: number;
  /** For each further one. */
  readonly morePages: number;
  /** Where the control block begins, in bytes. */
  readonly control: number;
}

export interface ThreadPool {
  readonly memory: WasmMemory;
  /** How many compute a run now. */
  readonly threads: number;
  /** Starts workers beside what makes the model ready, and waits for both; for workers not long. */
  load(code: Promise<WasmCode>, ready: Promise<RunKernels>): Promise<ThreadPool>;
  /** Starts workers, which take part as soon as they can. */
  start(code: WasmCode, run: RunKernels): ThreadPool;
  /** Throws where nothing can be run now. */
  check(): void;
  run(): void;
  /** Runs when those that were begun before are through; the caller is free meanwhile. */
  readonly runAsync: Queue["add"];
  /** Ends the workers, and the model with them. */
  dispose(): void;
}

const MOST_BY_DEFAULT = 8;
const MOST = 64;

/** Nobody waits longer for workers that say nothing: they may come later. */
const PATIENCE_MS = 3000;

declare function setTimeout(act: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Throws a RangeError on a number of threads that cannot be, an Error where there is no memory for them. */
export function createPool(
  part: ThreadsPart,
  options: ThreadOptions,
  newWorker: NewWorker,
): ThreadPool {
  const count = threadCount(options.threads);
  const memory = createMemory(part.pages + (count - 1) * part.morePages, true);
  const control = openControl(memory.buffer, part.control, count);
  const crew = createCrew(control, options.worker ?? (() => newWorker(workerClass())));
  const wait = mayWait() ? 1 : 0;
  let code: Promise<WasmCode>;
  let runKernels: RunKernels;
  const checkRun = (): void => {
    if (control.failed) crew.end(diedOf("it failed, or did not go on"));
    crew.check();
  };
  const run = (): void => {
    try {
      runKernels(wait);
    } catch (error) {
      crew.end(diedOf(reasonOf(error)));
      throw error;
    }
    checkRun();
  };
  const hire = (thread: number): Promise<Member> =>
    crew.hire(
      thread,
      code.then((module) => ({ module, memory, control: part.control })),
    );
  const startWorkers = (): Promise<void> => {
    const hired = Array.from({ length: count - 1 }, (_, i) => hire(i + 1));
    return patiently(crew, hired, code);
  };
  const queue = createQueue(crew, () => hire(0), run, checkRun);
  const pool: ThreadPool = {
    memory,
    get threads() {
      return 1 + crew.ready;
    },
    async load(coming, ready) {
      code = coming;
      const started = startWorkers();
      try {
        runKernels = await ready;
      } catch (error) {
        crew.end(error as Error);
        throw error;
      }
      await started;
      return pool;
    },
    start(given, ready) {
      [code, runKernels] = [Promise.resolve(given), ready];
      void startWorkers();
      return pool;
    },
    check() {
      crew.check();
      if (queue.length > 0) throw new Error("run: a runAsync is not through yet: await it first");
    },
    run,
    runAsync: queue.add,
    dispose: () => crew.end(new Error("run: the model was disposed of: load it again")),
  };
  return pool;
}

/** As many as are asked for; one, with a warning, where memory cannot be shared. */
function threadCount(asked: number = Math.min(coreCount(), MOST_BY_DEFAULT)): number {
  if (!(Number.isInteger(asked) && asked >= 1 && asked <= MOST))
    throw new RangeError(
      `threads: expected a whole number from 1 to ${MOST}, got ${String(asked)}`,
    );
  return asked > 1 && canShare() ? asked : 1;
}

/** Waits until all workers have answered or cannot, but not for ever; says so where some cannot. */
async function patiently(
  crew: Crew,
  hired: readonly Promise<Member>[],
  code: Promise<WasmCode>,
): Promise<void> {
  const all = Promise.allSettled(hired).then(async (results) => {
    const failed = results.flatMap((one) => (one.status === "rejected" ? [one] : []));
    if (failed.length === 0) return;
    // Without code there is no model to speak of.
    await code;
    crew.check();
    const threads = crew.ready === 0 ? "one thread" : `${1 + crew.ready} threads`;
    warnOnce(
      `the model runs on ${threads}: ${failed.length} of ${hired.length} workers did not start ` +
        `(${reasonOf(failed[0]!.reason)}); is its .worker.js where the module is? Else give workers, load({ worker })`,
    );
  });
  let timer: unknown;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([all.catch(() => undefined), late]);
  clearTimeout(timer);
  crew.letGo();
}
