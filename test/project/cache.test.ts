/** What is kept of compiled models: only what is whole and still true, and nothing stops for it. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openCache, type Made } from "../../compiler/project/cache.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const FILES = [
  { path: "net.js", content: "export const é = 1;\n" },
  { path: "net.weights.bin", content: new Uint8Array([0, 255, 128, 10]) },
];

/** Files that were written before anything begins. */
async function settled(files: Readonly<Record<string, string>>): Promise<string[]> {
  write(files);
  await sleep(20);
  return Object.keys(files).map((name) => at(name));
}

/** What a cache gives under a key, and whether it was made for that. */
async function get(
  dependencies: readonly string[],
  { key = "key", folder = "cache", more = {} as Partial<Made<string>>, meanwhile = () => {} } = {},
): Promise<{ readonly made: boolean; readonly got: Made<string> }> {
  let made = false;
  const got = await openCache(at(folder)).get(key, async () => {
    made = true;
    meanwhile();
    return Promise.resolve({ value: "v", files: FILES, dependencies, closed: true, ...more });
  });
  return { made, got };
}

const entryOf = (folder = "cache"): string => at(folder, readdirSync(at(folder))[0]!);

describe("what is kept", () => {
  it("is the same to the byte", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    const first = await get(dependencies);
    const second = await get(dependencies);
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second.got.files.map(({ content }) => Buffer.from(content as string))).toEqual(
      FILES.map(({ content }) => Buffer.from(content as string)),
    );
    expect(second.got).toMatchObject({ value: "v", dependencies, closed: true });
  });

  it("is of one key", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    await get(dependencies);
    expect((await get(dependencies, { key: "other" })).made).toBe(true);
  });

  it("is nothing that is not closed", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    await get(dependencies, { more: { closed: false } });
    expect((await get(dependencies)).made).toBe(true);
  });

  it.each([
    ["changed", () => write({ "net.tw": "two" })],
    ["gone", () => renameSync(at("net.tw"), at("elsewhere"))],
    ["there now", () => write({ absent: "" })],
  ])("is made again where a dependency is %s", async (_how, change) => {
    const dependencies = [...(await settled({ "net.tw": "one" })), at("absent")];
    await get(dependencies);
    change();
    expect((await get(dependencies)).made).toBe(true);
    expect(existsSync(at("cache"))).toBe(true);
  });

  it("stays where a dependency is written as it was", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    await get(dependencies);
    write({ "net.tw": "one" });
    expect((await get(dependencies)).made).toBe(false);
  });

  it.each([
    ["written", () => write({ "net.tw": "two" })],
    ["written with the time that it had", () => inPlace("two")],
    ["replaced by an older one", () => renameSync(at("old.tw"), at("net.tw"))],
  ])("is nothing whose dependency is %s meanwhile", async (_how, meanwhile) => {
    const [path] = await settled({ "net.tw": "one", "old.tw": "two" });
    utimesSync(at("old.tw"), new Date(0), new Date(0));
    await get([path!], { meanwhile });
    expect((await get([path!])).made).toBe(true);
  });
});

function inPlace(text: string): void {
  const { atime, mtime } = statSync(at("net.tw"));
  write({ "net.tw": text });
  utimesSync(at("net.tw"), atime, mtime);
}

describe("damage", () => {
  const cut = (name: string): void => {
    const path = join(entryOf(), name);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
  };
  const replaced = (name: string, from: string | RegExp, to: string): void => {
    const path = join(entryOf(), name);
    const before = readFileSync(path, "utf8");
    expect(before).toMatch(from);
    writeFileSync(path, before.replace(from, to));
  };
  it.each<[string, () => void]>([
    ["a file that is cut off", () => cut("1")],
    ["a file with another letter", () => replaced("0", "1", "2")],
    ["an entry that is cut off", () => cut("entry.json")],
    ["an entry with another value", () => replaced("entry.json", '"v"', '"w"')],
    ["an entry without its files", () => replaced("entry.json", /"files":\[.*?\]/, '"files":[]')],
    ["an entry of nothing", () => writeFileSync(join(entryOf(), "entry.json"), "{}")],
    ["no entry", () => renameSync(join(entryOf(), "entry.json"), at("away"))],
    ["a file in its place", inItsPlace],
  ])("%s is made again, and kept again", async (_what, damage) => {
    const dependencies = await settled({ "net.tw": "one" });
    await get(dependencies);
    damage();
    const again = await get(dependencies);
    expect(again.made).toBe(true);
    expect(again.got.files).toEqual(FILES);
    const later = await get(dependencies);
    expect(later.made).toBe(false);
    expect(later.got.value).toBe("v");
  });
});

function inItsPlace(): void {
  const place = entryOf();
  renameSync(place, at("away"));
  writeFileSync(place, "");
}

describe("a folder", () => {
  it("that is a file keeps nothing", async () => {
    const dependencies = await settled({ "net.tw": "one", cache: "mine" });
    expect((await get(dependencies)).made).toBe(true);
    expect((await get(dependencies)).got.value).toBe("v");
    expect(readFileSync(at("cache"), "utf8")).toBe("mine");
  });

  it("below a file keeps nothing", async () => {
    const dependencies = await settled({ "net.tw": "one", file: "mine" });
    expect((await get(dependencies, { folder: "file/cache" })).got.value).toBe("v");
  });

  it("of another's files loses none of them", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    const names = Array.from({ length: 120 }, (_, i) => `notes${i}.txt`);
    write(Object.fromEntries(names.map((name) => [`cache/${name}`, "mine"])));
    mkdirSync(at("cache/assets"));
    utimesSync(at("cache/assets"), new Date(0), new Date(0));
    await get(dependencies);
    expect(readdirSync(at("cache"))).toEqual(expect.arrayContaining([...names, "assets"]));
    expect((await get(dependencies)).made).toBe(false);
  });

  it("keeps the hundred that were used last, and nothing that was left half-written", async () => {
    const dependencies = await settled({ "net.tw": "one" });
    await get(dependencies, { key: 0 as never });
    const [first] = readdirSync(at("cache"));
    const hours = (ago: number): Date => new Date(Date.now() - ago * 3_600_000);
    for (let i = 1; i <= 100; i++) {
      const name = i.toString(16).padStart(32, "0");
      mkdirSync(at("cache", i === 100 ? `${name}.1.0123abcd.tmp` : name));
      utimesSync(
        at(
          "cache",
          readdirSync(at("cache")).find((one) => one.startsWith(name))!,
        ),
        hours(i),
        hours(i),
      );
    }
    utimesSync(at("cache", first!), hours(99.5), hours(99.5));
    expect((await get(dependencies, { key: 0 as never })).made).toBe(false);
    await get(dependencies, { key: "new" });
    const left = readdirSync(at("cache"));
    expect(left).toHaveLength(100);
    // It was used just now.
    expect(left).toContain(first);
    expect(left.some((name) => name.endsWith(".tmp"))).toBe(false);
  });
});

it("lets several make the same at once", async () => {
  const dependencies = await settled({ "net.tw": "one" });
  const all = await Promise.all(Array.from({ length: 8 }, () => get(dependencies)));
  for (const { got } of all) expect(got.files).toEqual(FILES);
  expect((await get(dependencies)).made).toBe(false);
  expect(readdirSync(at("cache"))).toHaveLength(1);
});
