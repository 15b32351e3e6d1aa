/** Runs a model on several threads, waited for or not, and on one where there are no more. */
import { MOST_NAPS, openControl } from "./control.js";
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
  /** Starts workers beside what makes the model ready, and waits for that; for workers not long. */
  load(code: Promise<WasmCode>, ready: Promise<RunKernels>): Promise<ThreadPool>;
  /** Starts workers, which take part as soon as they can. */
  start(code: WasmCode, run: RunKernels): ThreadPool;
  /** Throws where nothing can be run now; else workers wake while inputs are written. */
  check(): void;
  run(): void;
  /** Runs when those that were begun before are through; the caller is free meanwhile. */
  readonly runAsync: Queue["add"];
  /** Ends the workers, and the model with them. */
  dispose(): void;
}

const MOST_BY_DEFAULT = 8;
const MOST = 64;

/** So long after it has begun loading waits for workers, and no longer: later ones take part when they come. */
const PATIENCE_MS = 50;

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
  const mostNaps = mayWait() ? MOST_NAPS : 0;
  let code: Promise<WasmCode>;
  let runKernels: RunKernels;
  const checkRun = (): void => {
    if (control.failed) crew.end(diedOf("it failed, or did not go on"));
    crew.check();
  };
  const lost = (): string | undefined =>
    control.failed ? "it failed" : crew.isMissing ? "it ended" : undefined;
  const run = (): void => {
    try {
      const reason = runThrough(runKernels, mostNaps, lost);
      if (reason !== undefined) crew.end(diedOf(reason));
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
  const startWorkers = (): Promise<void> => warnOfFailures(crew, startAll(count - 1, hire), code);
  const queue = createQueue(crew, () => hire(0), run, checkRun);
  const pool: ThreadPool = {
    memory,
    get threads() {
      return 1 + crew.ready;
    },
    async load(coming, ready) {
      code = coming;
      const started = atMost(PATIENCE_MS, startWorkers());
      try {
        runKernels = await ready;
      } catch (error) {
        crew.end(error as Error);
        throw error;
      }
      await started;
      crew.letGo();
      return pool;
    },
    start(given, ready) {
      [code, runKernels] = [Promise.resolve(given), ready];
      void startWorkers();
      crew.letGo();
      return pool;
    },
    check() {
      crew.check();
      if (queue.length > 0) throw new Error("run: a runAsync is not through yet: await it first");
      control.wake();
    },
    run,
    runAsync: queue.add,
    dispose: () => crew.end(new Error("run: the model was disposed of: load it again")),
  };
  return pool;
}

/** Why the run does not come to an end: what `lost` says, or that nothing is done for so many naps. */
function runThrough(
  runKernels: RunKernels,
  mostNaps: number,
  lost: () => string | undefined,
): string | undefined {
  const naps = Math.min(1, mostNaps);
  let stands = runKernels(naps, 0);
  for (let left = mostNaps; stands !== 0; left--) {
    const reason = lost() ?? (left > 0 ? undefined : "it did not go on");
    if (reason !== undefined) return reason;
    const before = stands;
    stands = runKernels(naps, 1);
    if (stands !== before) left = mostNaps;
  }
  return undefined;
}

/** As many as are asked for; one, with a warning, where memory cannot be shared. */
function threadCount(asked: number = Math.min(coreCount(), MOST_BY_DEFAULT)): number {
  if (!(Number.isInteger(asked) && asked >= 1 && asked <= MOST))
    throw new RangeError(
      `threads: expected a whole number from 1 to ${MOST}, got ${String(asked)}`,
    );
  return asked > 1 && canShare() ? asked : 1;
}

/** No more at once than there are cores beside this thread's, which has code and weights to load. */
function startAll(
  count: number,
  hire: (thread: number) => Promise<Member>,
): readonly Promise<Member>[] {
  const atOnce = Math.max(1, coreCount() - 1);
  const hired: Promise<Member>[] = [];
  for (let i = 0; i < count; i++) {
    const next = (): Promise<Member> => hire(i + 1);
    hired.push(i < atOnce ? next() : hired[i - atOnce]!.then(next, next));
  }
  return hired;
}

/** Waits until all workers have answered or cannot; says so where some cannot. */
async function warnOfFailures(
  crew: Crew,
  hired: readonly Promise<Member>[],
  code: Promise<WasmCode>,
): Promise<void> {
  const results = await Promise.allSettled(hired);
  const failed = results.flatMap((one) => (one.status === "rejected" ? [one] : []));
  if (failed.length === 0) return;
  try {
    // Without code there is no model to speak of; nor when it was disposed of.
    await code;
    crew.check();
  } catch {
    return;
  }
  const threads = crew.ready === 0 ? "one thread" : `${1 + crew.ready} threads`;
  warnOnce(
    `the model runs on ${threads}: ${failed.length} of ${hired.length} workers did not start ` +
      `(${reasonOf(failed[0]!.reason)}); is its .worker.js where the module is? Else give workers, load({ worker })`,
  );
}

async function atMost(ms: number, done: Promise<void>): Promise<void> {
  let timer: unknown;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([done, late]);
  clearTimeout(timer);
}
