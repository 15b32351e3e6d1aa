/** The harness of environments tells right from wrong, pins what it installs, and docs/environments.md has all that it tries. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { checkDigits, writeShared } from "./digits.js";
import { environments } from "./environments.js";
import { record } from "./record.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const templates = readdirSync(at("templates"));
const templateOf = ({ name, template = name }: (typeof environments)[number]): string => template;

describe("templates", () => {
  it("are all tried", () => {
    const tried = environments.map(templateOf).filter((one) => one !== "web");
    expect([...new Set(tried)].toSorted()).toEqual(templates.toSorted());
  });

  it.each([...templates.map((name) => `templates/${name}`), "../../examples/web"])(
    "%s names exact versions",
    (folder) => {
      const text = readFileSync(at(`${folder}/package.json`), "utf8");
      const { devDependencies = {} } = JSON.parse(text) as {
        devDependencies?: Readonly<Record<string, string>>;
      };
      const inexact = Object.values(devDependencies).filter(
        (version) => !/^\d+\.\d+\.\d+$|^file:/.test(version),
      );
      expect(inexact).toEqual([]);
    },
  );
});

describe("digits", () => {
  it("are right of the trained network alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "digits-"));
    try {
      await writeShared(folder);
      expect(existsSync(join(folder, "lenet5.onnx"))).toBe(true);
      const { readDigits } = (await import(pathToFileURL(join(folder, "digits.mjs")).href)) as {
        readDigits(network: { run(): { logits: Float32Array } }): string;
      };
      const none = readDigits({ run: () => ({ logits: new Float32Array(10) }) });
      expect(() => checkDigits(none)).toThrow("the logits are wrong by");
      expect(await readFile(join(folder, "digits.cjs"), "utf8")).toContain("exports.readDigits");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("are missed where there are none", () => {
    expect(() => checkDigits("an error\n")).toThrow("no digits were read: an error");
    expect(() => checkDigits("[[1, 2]]")).toThrow("2 logits");
    expect(() => checkDigits(JSON.stringify(Array(8).fill(Array(10).fill(null))))).toThrow("wrong");
  });
});

describe("docs/environments.md", () => {
  const page = readFileSync(at("../../docs/environments.md"), "utf8");
  const row = { name: "a", title: "A", version: "2", case: "page", skipped: false };

  it("has every environment and every case", () => {
    const rows = [...page.matchAll(/^\| ([^|]+?) +\|[^|]*\| ([^|]+?) +\| works +\|$/gm)];
    const recorded = rows.map(([, title, what]) => `${title}: ${what}`);
    const tried = environments.flatMap(({ title, cases }) =>
      cases.map((one) => `${title}: ${one.title}`),
    );
    expect(recorded.toSorted()).toEqual(tried.toSorted());
  });

  it("gets new rows for what was tried, keeps others, and has the order of the list", () => {
    const head = "| environment | version |\n| - | - |\n";
    const text = `before\n\n${head}| A | 1 | page | works |\n| B | 1 | page | works |\n\nafter`;
    expect(record(text, [{ ...row, failure: "no" }], ["B", "A"])).toBe(
      `before\n\n${head}| B | 1 | page | works |\n| A | 2 | page | fails |\n\nafter`,
    );
    expect(record(text, [{ ...row, skipped: true, failure: "offline" }], ["A", "B"])).toBe(text);
    expect(() => record("nothing", [row], ["A"])).toThrow("no table");
  });
});
