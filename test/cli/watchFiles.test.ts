/** A watch tells of every change since its files were read, once it is over. */
import { renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { watchFiles } from "../../compiler/cli/watchFiles.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const { signal } = new AbortController();

it("tells of a file that was written between its being read and its being watched", async () => {
  write({ a: "1", b: "1" });
  await sleep(50);
  const begun = Date.now();
  write({ a: "2" });
  const watch = watchFiles();
  watch.add([at("a"), at("b")], begun);
  expect([...(await watch.next(signal))]).toEqual([at("a")]);
});

it.each<[string, () => void]>([
  ["written", () => write({ a: "2" })],
  ["replaced", () => renameSync(at("b"), at("a"))],
  ["gone", () => rmSync(at("a"))],
])("tells of a file that is %s", async (_how, change) => {
  write({ a: "1", b: "1" });
  const watch = watchFiles();
  watch.add([at("a"), at("absent")], Infinity);
  change();
  expect([...(await watch.next(signal))]).toEqual([at("a")]);
  write({ absent: "" });
  expect([...(await watch.next(signal))]).toEqual([at("absent")]);
});

it("waits until a change is over", async () => {
  write({ a: "1" });
  const watch = watchFiles();
  watch.add([at("a")], Infinity);
  const told = watch.next(signal);
  for (let i = 0; i < 20; i++) {
    write({ a: String(i) });
    await sleep(10);
  }
  expect([...(await told)]).toEqual([at("a")]);
  const ended = new AbortController();
  const none = watch.next(ended.signal);
  await sleep(200);
  ended.abort();
  expect([...(await none)]).toEqual([]);
});
