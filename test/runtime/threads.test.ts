/** Threads compute what one does, whenever they come and however slow they are, waited for or not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker as NodeWorker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import { CONTROL } from "../../runtime/control.js";
import { startWasm } from "../../runtime/index.js";
import { PART, setFault } from "../support/threadedModule.js";
import {
  address,
  code,
  create,
  disposeAfterEach,
  expected,
  folder,
  load,
  loadSome,
  read,
  run,
  runAsync,
  write,
} from "../support/threadPools.js";

disposeAfterEach();

describe("threads", () => {
  it.each([1, 2, 3, 7])("%i compute what one does", async (threads) => {
    const pool = await load({ threads });
    expect(pool.threads).toBe(threads);
    for (let i = 0; i < 200; i++) expect(run(pool, i)).toEqual(expected(i));
    expect(await runAsync(pool, 7)).toEqual(expected(7));
  });

  it("are as many as the machine has, at most 8", async () => {
    for (const [cores, threads] of [
      [3, 3],
      [100, 8],
    ] as const) {
      vi.stubGlobal("navigator", { hardwareConcurrency: cores });
      const pool = await loadSome();
      await vi.waitFor(() => expect(pool.threads).toBe(threads), 10_000);
    }
  });

  it.each([0, -1, 1.5, NaN, 65, "2" as never])("cannot be %s", (threads) => {
    expect(() => create({ threads })).toThrow("threads: expected a whole number from 1 to 64");
  });

  it("take part when they come, where nobody waits for them", async () => {
    const pool = create({ threads: 3 });
    pool.start(code, startWasm(code, pool.memory));
    expect(pool.threads).toBe(1);
    expect(run(pool, 5)).toEqual(expected(5));
    await vi.waitFor(() => expect(pool.threads).toBe(3), 10_000);
    expect(run(pool, 6)).toEqual(expected(6));
  });

  it("wake before inputs are written, where they sleep", async () => {
    const pool = await load({ threads: 2 });
    const parked = new Int32Array(pool.memory.buffer, PART.control + 4 * CONTROL.parked, 1);
    await vi.waitFor(() => expect(Atomics.load(parked, 0)).toBe(1), 10_000);
    const notify = vi.spyOn(Atomics, "notify");
    pool.check();
    expect(notify).toHaveBeenCalledTimes(1);
    expect(run(pool, 3)).toEqual(expected(3));
  });

  it.each([0, 1, 2])("are waited for where thread %i is slow", async (thread) => {
    const pool = await load({ threads: 3 });
    setFault(pool.memory, "slow", thread);
    for (let i = 0; i < 5; i++) expect(run(pool, i)).toEqual(expected(i));
  });

  it("of two models do not disturb each other", async () => {
    const [one, two] = await Promise.all([load({ threads: 2 }), load({ threads: 3 })]);
    const both = await Promise.all([runAsync(one, 10), runAsync(two, 20)]);
    expect(both).toEqual([expected(10), expected(20)]);
    one.dispose();
    expect(run(two, 30)).toEqual(expected(30));
  });
});

describe("runAsync", () => {
  it("computes what inputs held when it was called, one after the other", async () => {
    const pool = await load({ threads: 2 });
    const given = { values: new Int32Array(1) };
    const all = Array.from({ length: 4 }, (_, i) => {
      given.values[0] = 100 * i;
      return pool.runAsync(
        given,
        ({ values }) => write(pool, { from: values[0]! }),
        () => read(pool),
      );
    });
    expect(await Promise.all(all)).toEqual([0, 100, 200, 300].map(expected));
  });

  it("rejects alone where its inputs are wrong", async () => {
    const pool = await load({ threads: 2 });
    const refuse = () => {
      throw new TypeError("wrong");
    };
    const wrong = [0, 1].map(() => pool.runAsync({}, refuse, () => 0));
    const right = runAsync(pool, 3);
    for (const one of wrong) await expect(one).rejects.toThrow("wrong");
    expect(await right).toEqual(expected(3));
  });

  it("keeps a program alive while its worker is on its way", async () => {
    const workers: NodeWorker[] = [];
    const unref = vi.spyOn(NodeWorker.prototype, "unref");
    const silent = join(folder, "silent.js");
    writeFileSync(silent, "setInterval(() => {}, 1000)");
    const worker = (): NodeWorker => {
      workers.push(new NodeWorker(workers.length === 0 ? address : silent));
      return workers.at(-1)!;
    };
    const pool = create({ threads: 2, worker });
    pool.start(code, startWasm(code, pool.memory));
    const coming = runAsync(pool, 1);
    await vi.waitFor(() => expect(pool.threads).toBe(2), 10_000);
    await sleep(10);
    expect(new Set(unref.mock.contexts)).toEqual(new Set([workers[0]]));
    pool.dispose();
    await expect(coming).rejects.toThrow("run: the model was disposed of");
  });

  it("keeps run from its memory", async () => {
    const pool = await load({ threads: 2 });
    const coming = runAsync(pool, 1);
    expect(() => pool.check()).toThrow("run: a runAsync is not through yet");
    expect(await coming).toEqual(expected(1));
    expect(run(pool, 2)).toEqual(expected(2));
  });
});
