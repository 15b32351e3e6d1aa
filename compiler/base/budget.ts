/**
 * How much a compile may take: one account that every stage asks before it spends, the same for every kind of file.
 * A small file has a small budget, a large one more: what a model is made from is counted as it is read.
 */
import { fail, type Problem } from "./error.js";

/** What a compile spends. */
export interface Limits {
  /** Of CPU, for what no other limit foresaw. */
  readonly seconds: number;
  /** Of weights that are in no file as they are: seeded, unpacked, or given more than once. */
  readonly bytes: number;
  /** Layers once functions are inlined, with inputs, outputs, and operands. */
  readonly nodes: number;
  /** Bytes of constants that are computed at build time; beyond them they are computed when the model loads. */
  readonly foldedBytes: number;
  /** Operations that computing them takes. */
  readonly foldedOperations: number;
  /** Operations in the meaning of one kernel. */
  readonly expression: number;
  /** Bytes of emitted code. */
  readonly code: number;
}

export type Resource = keyof Limits;

/** What a file of 32 KiB may cost: no more than some seconds and a gigabyte. */
export const DEFAULT_LIMITS: Limits = {
  seconds: 3.5,
  bytes: 2 ** 28,
  nodes: 2 ** 14,
  foldedBytes: 2 ** 27,
  foldedOperations: 2 ** 28,
  expression: 2 ** 11,
  code: 3 * 2 ** 18,
};

export const RESOURCES = Object.keys(DEFAULT_LIMITS) as readonly Resource[];

/** What each byte of the files that a model is made from adds. */
const ADDED_BY_BYTE: Limits = {
  seconds: 2e-7,
  bytes: 4,
  nodes: 2 ** -8,
  foldedBytes: 8,
  foldedOperations: 64,
  expression: 0,
  code: 0.0625,
};

/** Where something is spent. */
export type Site = Pick<Problem, "node" | "op">;

export interface Budget {
  /** A file of so many bytes has been read: what it holds may be worked on. The same file counts once. */
  receive(file: string, bytes: number): void;
  /** Takes so much. Throws CompileError `over-budget`, which names the place and the option that raises the limit. */
  spend(resource: Resource, amount: number, site?: Site): void;
  /** Takes all of it if so much is left of each, and says whether. */
  afford(amounts: Partial<Limits>): boolean;
  /** Throws as `spend` does where so much at once is beyond the limit, and takes nothing. */
  hold(resource: Resource, amount: number, site?: Site): void;
  limit(resource: Resource): number;
  /** A new account of the same limits and files, for who compiles a model more than once. */
  renew(): Budget;
  /** Throws CompileError `over-budget` where the time is over. Asks the system for the time: some microseconds. */
  checkTime(site?: Site): void;
}

/** A new account. Limits that are not given are the default ones. */
export function startBudget(limits: Partial<Limits> = {}): Budget {
  return account(limits, new Map());
}

function account(limits: Partial<Limits>, files: Map<string, number>): Budget {
  const spent: Record<Resource, number> = { ...NOTHING };
  const seconds = stopwatch();
  const hold = (resource: Resource, amount: number, site: Site = {}): void => {
    const most = limit(resource);
    if (amount > most) overBudget(resource, amount, most, site);
  };
  let received = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  const limit = (resource: Resource): number =>
    limits[resource] ?? DEFAULT_LIMITS[resource] + received * ADDED_BY_BYTE[resource];
  return {
    receive(file, bytes) {
      if (files.has(file)) return;
      files.set(file, bytes);
      received += bytes;
    },
    spend(resource, amount, site) {
      spent[resource] += amount;
      hold(resource, spent[resource], site);
    },
    hold,
    afford(amounts) {
      const wanted = Object.entries(amounts) as [Resource, number][];
      if (wanted.some(([resource, amount]) => spent[resource] + amount > limit(resource)))
        return false;
      for (const [resource, amount] of wanted) spent[resource] += amount;
      return true;
    },
    limit,
    renew: () => account(limits, new Map(files)),
    checkTime: (site) => hold("seconds", seconds(), site),
  };
}

/** Options whose budget is there, and counts each file that is read. */
export function withBudget<Options extends BudgetOptions>(
  options: Options,
): Options & { readonly budget: Budget } {
  const { budget = startBudget(), readFile } = options;
  if (readFile === undefined) return { ...options, budget };
  const counted = (path: string): Uint8Array => {
    const bytes = readFile(path);
    budget.receive(path, bytes.length);
    return bytes;
  };
  return { ...options, budget, readFile: counted };
}

export interface BudgetOptions {
  /** What the work may take; a new one by default. */
  readonly budget?: Budget;
  /** Bytes of the files that constants lie in; paths are relative to the model's own text. */
  readonly readFile?: (path: string) => Uint8Array;
}

const NOTHING: Limits = {
  seconds: 0,
  bytes: 0,
  nodes: 0,
  foldedBytes: 0,
  foldedOperations: 0,
  expression: 0,
  code: 0,
};

/** An engine compiles code and collects garbage in threads of its own: more than that is somebody else's. */
const MOST_THREADS = 1.5;

/**
 * Seconds of CPU since now. Only the whole process knows its own, other compiles and servers in it included, so that
 * the clock says how much of it can be meant.
 */
function stopwatch(): () => number {
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const [cpuStart, start] = [cpu(), performance.now()];
  return () => {
    const clock = (performance.now() - start) / 1000;
    return Math.min(cpu() - cpuStart, MOST_THREADS * clock);
  };
}

const WORDS: Readonly<Record<Resource, string>> = {
  seconds: "seconds of work",
  bytes: "bytes of weights that no file holds",
  nodes: "nodes, inputs, outputs and operands",
  foldedBytes: "bytes of folded constants",
  foldedOperations: "operations of folding",
  expression: "operations in one kernel",
  code: "bytes of code",
};

function overBudget(resource: Resource, amount: number, most: number, site: Site): never {
  const wanted =
    resource === "seconds" ? `more than ${most.toFixed(1)}` : String(Math.ceil(amount));
  const message = `the model takes ${wanted} ${WORDS[resource]}, expected at most ${Math.floor(most)}`;
  const more = resource === "seconds" ? Math.ceil(most * 4) : 2 ** Math.ceil(Math.log2(amount));
  return fail("over-budget", message, {
    ...site,
    hint: `a file that you trust may take more: --budget ${flagOf(resource)}=${more}`,
  });
}

/** foldedBytes => folded-bytes */
function flagOf(resource: Resource): string {
  return resource.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
