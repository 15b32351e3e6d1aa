/** Threads in engines: Node ends by itself, pages and bundles start workers under a strict policy, and say where they cannot. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "vite";
import lenet5 from "../../examples/lenet5/model.js";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { startBrowser, type Browser } from "../environments/browser.js";
import { shown } from "../environments/cases.js";
import { ISOLATED, policy, serveSite } from "../environments/site.js";
import { findChromium, findNode24, runNode } from "./engines.js";

const node24 = findNode24();
const chromium = findChromium();
const nodes = [
  ["this Node", execPath],
  [node24 === undefined ? "Node 24 (absent: npm run engines)" : "Node 24", node24],
] as const;

interface Computed {
  readonly threads: number;
  /** Different outputs, as bits. */
  readonly seen: readonly string[];
}

let folder: string;
let expected: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "threads-"));
  await cp(fileURLToPath(new URL("threads", import.meta.url)), folder, { recursive: true });
  const options = { target: "wasm", simd: "plain", standalone: true, js: true } as const;
  const { files } = await compile(lenet5, { ...options, threads: true, name: "net" });
  await writeFiles(folder, files);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(nodes)("%s", (_, node) => {
  it.skipIf(node === undefined).each(["dispose", "leave"])(
    "computes the same bits by any number of threads, and ends (%s)",
    (how) => {
      const found = JSON.parse(runNode(node, [join(folder, "node.mjs"), how])) as Computed[];
      expect(found.map(({ threads }) => threads)).toEqual([1, 2, 3, 7, 2, 3, 2]);
      const seen = new Set(found.flatMap((one) => one.seen));
      expected ??= [...seen];
      expect([...seen]).toEqual(expected);
      expect(seen.size).toBe(1);
    },
  );
});

it("computes ten thousand runs on more threads than cores, right and without growing", () => {
  const text = runNode(execPath, ["--expose-gc", join(folder, "stress.mjs")]);
  const { wrong, grown, threads } = JSON.parse(text) as Record<string, number>;
  expect({ wrong, threads }).toEqual({ wrong: 0, threads: 7 });
  expect(grown).toBeLessThan(200_000);
});

describe.skipIf(chromium === undefined)("Chromium (absent: install it)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(chromium!);
  });
  afterAll(() => browser?.close());

  const csp = `${policy(true)}; worker-src 'self'`;
  const open = async (site: string, headers: Readonly<Record<string, string>>) => {
    const text = await serveSite(site, { csp, headers }, (address) => shown(browser, address));
    return JSON.parse(text) as {
      readonly isolated: boolean;
      readonly page: Computed;
      readonly worker?: Computed;
      readonly warned: readonly string[];
    };
  };
  const isolated = () => ({
    isolated: true,
    page: { threads: 3, seen: expected },
    worker: { threads: 2, seen: expected },
    warned: [],
  });

  it("starts workers from a page, and from a worker, under a strict policy", async () => {
    expect(await open(folder, ISOLATED)).toEqual(isolated());
  });

  it("starts workers from a bundle", async () => {
    await build({
      ...{ root: folder, base: "./", logLevel: "silent", configFile: false, publicDir: false },
      worker: { format: "es" },
      build: { outDir: "bundle", target: "es2022" },
    });
    const names = await readdir(join(folder, "bundle/assets"));
    for (const name of names)
      expect(await readFile(join(folder, "bundle/assets", name), "utf8")).not.toMatch(/"data:/);
    expect(names.filter((name) => name.startsWith("net.worker-")).length).toBeGreaterThan(0);
    expect(await open(join(folder, "bundle"), ISOLATED)).toEqual(isolated());
  });

  it("names the headers that are missing, and computes on one thread", async () => {
    const { isolated, page, warned } = await open(folder, {});
    expect({ isolated, page }).toEqual({ isolated: false, page: { threads: 1, seen: expected } });
    expect(warned).toEqual([
      expect.stringMatching(/Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/),
    ]);
  });
});
