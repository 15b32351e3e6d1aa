/** Whatever becomes of a worker, a run is right or throws, and never hangs; where there are none, one thread computes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker as NodeWorker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import type { ThreadPool } from "../../runtime/index.js";
import { LOST_WORKER, setFault } from "../support/threadedModule.js";
import {
  address,
  code,
  create,
  disposeAfterEach,
  expected,
  folder,
  load,
  loadSome,
  run,
  runAsync,
} from "../support/threadPools.js";
import { expectWithin } from "../support/timeLimits.js";

disposeAfterEach();

const MOST_MS = 20_000;

/** Sooner or later the thread that has a fault takes a piece. */
function runOn(pool: ThreadPool): void {
  for (const until = Date.now() + MOST_MS; Date.now() < until;) run(pool, 0);
}

async function runAsyncOn(pool: ThreadPool): Promise<void> {
  for (const until = Date.now() + MOST_MS; Date.now() < until;) await runAsync(pool, 0);
}

describe("a worker that", () => {
  it("traps in the middle of a piece makes run throw, from then on", async () => {
    const pool = await load({ threads: 3 });
    setFault(pool.memory, "trap", 1);
    expect(() => runOn(pool)).toThrow("threads: a worker of the model died");
    expect(() => run(pool, 0)).toThrow("load the model again");
    await expect(runAsync(pool, 0)).rejects.toThrow("load the model again");
    expect(pool.threads).toBe(1);
  });

  it("traps makes a runAsync reject", async () => {
    const pool = await load({ threads: 3 });
    setFault(pool.memory, "trap", 2);
    const all = runAsyncOn(pool);
    await expect(all).rejects.toThrow("threads: a worker of the model died");
  });

  it("traps in the caller's place makes a runAsync reject, and those behind it", async () => {
    const pool = await load({ threads: 1 });
    setFault(pool.memory, "trap", 0);
    const all = await Promise.allSettled([runAsync(pool, 0), runAsync(pool, 0)]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it.each(["hang", "slow"] as const)(
    "is killed in the middle of a piece (%s) ends the run",
    async (fault) => {
      const workers: NodeWorker[] = [];
      const worker = (): NodeWorker => {
        workers.push(new NodeWorker(address));
        return workers.at(-1)!;
      };
      const pool = await load({ threads: 2, worker });
      setFault(pool.memory, fault, 1);
      const all = runAsyncOn(pool);
      void sleep(50).then(() => workers[0]!.terminate());
      await expect(all).rejects.toThrow("threads: a worker of the model died");
      await expect(runAsync(pool, 0)).rejects.toThrow("threads: a worker of the model died");
    },
  );

  it("ends while run waits for it makes run throw", async () => {
    const worker = (): NodeWorker => new NodeWorker(LOST_WORKER, { eval: true });
    const pool = await load({ threads: 2, worker });
    setFault(pool.memory, "slow", 0);
    // Nothing is heard of it: this thread does nothing else but run.
    expect(() => runOn(pool)).toThrow("threads: a worker of the model died (it ended)");
  });

  it("hangs is given up", async () => {
    const pool = await load({ threads: 2 });
    setFault(pool.memory, "hang", 1);
    expect(() => runOn(pool)).toThrow("threads: a worker of the model died (it did not go on)");
  });
});

describe("where workers", () => {
  const warned = (): readonly string[] => {
    const { calls } = vi.mocked(console.warn).mock;
    return calls.map(([text]) => String(text));
  };

  it("are not where they should be, one thread computes, and says so", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const worker = (): NodeWorker => new NodeWorker(new URL("absent.worker.js", address));
    const pool = await loadSome({ threads: 3, worker });
    expect(pool.threads).toBe(1);
    expect(run(pool, 1)).toEqual(expected(1));
    await vi.waitFor(() => expect(warned()).toHaveLength(1), 10_000);
    expect(await runAsync(pool, 2)).toEqual(expected(2));
    expect(warned()).toEqual([
      expect.stringMatching(
        /runs on one thread: 2 of 2 workers did not start \(.*absent.worker.js/,
      ),
      expect.stringContaining("runAsync computes on the thread that calls it"),
    ]);
  });

  it("cannot share memory, one thread computes, and the headers are named", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.stubGlobal("crossOriginIsolated", false);
    const pools = [await loadSome({ threads: 3 }), await loadSome({ threads: 2 })];
    for (const pool of pools) {
      expect(pool.threads).toBe(1);
      expect(pool.memory.buffer.byteLength).toBe(65536);
      expect(run(pool, 1)).toEqual(expected(1));
    }
    expect(await runAsync(pools[0]!, 2)).toEqual(expected(2));
    expect(warned()).toEqual([
      expect.stringMatching(/Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/),
    ]);
  });

  it("never answer, nobody waits for long", async () => {
    const silent = join(folder, "silent.js");
    writeFileSync(silent, "setInterval(() => {}, 1000)");
    let pool: ThreadPool | undefined;
    // 50 ms, and what this thread waits for a core.
    await expectWithin(1000, async () => {
      const start = performance.now();
      pool = await loadSome({ threads: 5, worker: () => new NodeWorker(silent) });
      return performance.now() - start;
    });
    expect(pool!.threads).toBe(1);
    expect(run(pool!, 1)).toEqual(expected(1));
  });
});

describe("dispose", () => {
  it("ends the model, and what is under way", async () => {
    const pool = await load({ threads: 1 });
    setFault(pool.memory, "hang", 0);
    const coming = runAsync(pool, 1);
    await sleep(100);
    pool.dispose();
    pool.dispose();
    await expect(coming).rejects.toThrow("run: the model was disposed of");
    expect(() => pool.check()).toThrow("run: the model was disposed of");
    expect(pool.threads).toBe(1);
  });

  it("comes with a load that fails", async () => {
    const workers: NodeWorker[] = [];
    const worker = (): NodeWorker => {
      workers.push(new NodeWorker(address));
      return workers.at(-1)!;
    };
    const pool = create({ threads: 2, worker });
    const loading = pool.load(Promise.resolve(code), Promise.reject(new Error("no weights")));
    await expect(loading).rejects.toThrow("no weights");
    expect(workers).toHaveLength(1);
    await new Promise((resolve) => workers[0]!.once("exit", resolve));
  });
});
