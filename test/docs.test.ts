/** Keeps what is written about the code to the code: paths, verbs, flags, passes, rooms and lines that are named exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, RESOURCES, startBudget } from "../compiler/base/budget.js";
import { LONGEST_NAME } from "../compiler/base/quote.js";
import { flagOf } from "../compiler/project/given.js";
import { OPTION_FORMS } from "../compiler/project/readConfig.js";
import { verbs } from "../compiler/cli/verbs.js";
import { PASS_NAMES } from "../compiler/compile.js";
import { MAX_TEXT_LENGTH } from "../compiler/graph/text/lexer.js";
import { OPTIONAL_PASSES } from "../compiler/program/passes.js";
import { OPTIONAL } from "../compiler/targets/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }));

/** Inline code, and the lines of fenced blocks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```[^\n]*\n([^]*?)^```$/gm)].map((match) => match[1]!);
  const rest = text.replace(/^```[^\n]*\n[^]*?^```$/gm, "");
  const inline = [...rest.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
  return [...inline, ...blocks.flatMap((block) => block.split("\n"))];
}

const wordsOf = (text: string): string[] =>
  codeOf(text).flatMap((code) => code.split(/[\s,;()"']+/));

describe.each(pages)("$path", ({ path, text }) => {
  it("names files that exist", () => {
    const named = wordsOf(text)
      .filter((word) => /^(?:compiler|runtime|test|examples|docs|\.ci)\/[\w./-]*\w\/?$/.test(word))
      .filter((word) => !/^test\/models\//.test(word));
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) =>
      normalize(join(path, "..", match[1]!)),
    );
    expect([...named, ...linked].filter((one) => !existsSync(join(root, one)))).toEqual([]);
  });

  it("names verbs and flags that the command line has", () => {
    const wrong: string[] = [];
    for (const code of codeOf(text)) {
      const line = /(?:tilewright|compiler\/cli\/main\.ts) (?!\/|…)([a-z]+)(.*)/.exec(code);
      const short = new RegExp(`^(${verbs.map(({ name }) => name).join("|")})( .*--.*)`).exec(code);
      const [, name, rest] = line ?? short ?? [];
      if (name === undefined) continue;
      const verb = verbs.find((one) => one.name === name);
      const known = verb?.options.map(([flags]) => flags.split(" ")[0]!) ?? [];
      const flags = [...rest!.replace(/#.*/, "").matchAll(/ (--[a-z-]+)/g)].map((one) => one[1]!);
      if (verb === undefined || flags.some((flag) => !known.includes(flag))) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it("names passes and stages that there are", () => {
    const flags = /--(?:print-after|disable|after)[ =]([a-z][a-z-]*)/g;
    const named = codeOf(text).flatMap((code) => [...code.matchAll(flags)].map((one) => one[1]!));
    expect(
      named.filter((name) => ![...PASS_NAMES, ...OPTIONAL_PASSES, ...OPTIONAL].includes(name)),
    ).toEqual([]);
  });

  it("names scripts and variables that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = codeOf(text).flatMap((code) =>
      [...code.matchAll(/npm run ([a-z:-]+)/g)].map((one) => one[1]!),
    );
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => read(join("test", name)))
      .join("\n");
    const variables = [...text.matchAll(/TILEWRIGHT_[A-Z_]+/g)].map(([name]) => name);
    expect(variables.filter((name) => !tests.includes(`"${name}"`))).toEqual([]);
  });

  it("shows lines as they are", () => {
    const diffs = [...text.matchAll(/^```diff\n([^]*?)^```$/gm)].map((match) => match[1]!);
    const missing: string[] = [];
    for (const diff of diffs) {
      let file = "";
      for (const line of diff.split("\n").filter((one) => one !== "")) {
        if (line.startsWith("+++ ")) file = read(line.slice(4));
        else if (!file.split("\n").includes(line.slice(1))) missing.push(line);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe("docs/architecture.md", () => {
  const text = read("docs/architecture.md");

  it("has every pass in order", () => {
    const rows = [...text.matchAll(/^\| `([a-z-]+)` /gm)].map((match) => match[1]!);
    expect(rows).toEqual(PASS_NAMES);
  });

  it("has a paragraph for every room", () => {
    const headings = [...text.matchAll(/^### (\S+)$/gm)].map((match) => match[1]!);
    const rooms = readdirSync(join(root, "compiler"), { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .map(({ name }) => name);
    expect(headings.toSorted()).toEqual(rooms.toSorted());
  });
});

describe("docs/configuration.md", () => {
  it("lists every option", () => {
    const rows = [...read("docs/configuration.md").matchAll(/^\| (`[^|]*`) +\|/gm)];
    const names = rows.flatMap(([, cell]) => cell!.split(", ").map((one) => one.slice(1, -1)));
    expect(names.toSorted()).toEqual(Object.keys(OPTION_FORMS).toSorted());
  });
});

describe("docs/trust.md", () => {
  const text = read("docs/trust.md");
  const number = (cell: string): number => Number(cell.replaceAll(",", ""));

  it("has the limits as they are, and what files add to them", () => {
    const rows = [...text.matchAll(/^ *\| `([a-z-]+)` +\| ([\d,.]+) +\| ([\d,.]+) +\|/gm)];
    const [before, after] = [startBudget(), startBudget()];
    after.receive("a file", 2 ** 20);
    const flags = RESOURCES.map((one) => flagOf(one).slice(2));
    expect(rows.map(([, flag]) => flag)).toEqual(flags);
    RESOURCES.forEach((resource, i) => {
      const [, flag, least, more] = rows[i]!;
      expect([flag, number(least!)]).toEqual([flag, DEFAULT_LIMITS[resource]]);
      const added = after.limit(resource) - before.limit(resource);
      expect(Math.abs(number(more!) - added), flag).toBeLessThanOrEqual(added / 100);
    });
  });

  it("has the limits of names and texts", () => {
    expect(text).toContain(`A name may have ${LONGEST_NAME.toLocaleString("en")} characters`);
    expect(text).toContain(`a \`.tw\` text ${MAX_TEXT_LENGTH.toLocaleString("en")},`);
  });

  it("names the models of folders that are programs", () => {
    for (const ending of ["ts", "js", "mjs"]) expect(text).toContain(`\`model.${ending}\``);
  });
});

describe("docs/environments.md", () => {
  it("shows projects as they are tried", () => {
    const shown = [
      ...read("docs/environments.md").matchAll(
        /^[^\n]*\]\(\.\.\/((?:test\/environments|examples)\/[^)]+)\)[^\n]*\n\n```\w+\n([^]*?)\n```/gm,
      ),
    ];
    expect(shown.length).toBeGreaterThan(10);
    const missing = shown.flatMap(([, file, block]) => {
      const lines = read(file!).split("\n");
      return block!.split("\n").filter((line) => line !== "" && !lines.includes(line));
    });
    expect(missing).toEqual([]);
  });
});

describe("docs/glossary.md", () => {
  const sections = read("docs/glossary.md").split(/^## /m).slice(1);
  const words = sections.map((section) =>
    [...section.matchAll(/^- \*\*([^*]+)\*\*/gm)].map((match) => match[1]!),
  );

  it("has each word once, in order", () => {
    for (const list of words) expect(list).toEqual(list.toSorted());
    const all = words.flat();
    expect(all).toEqual([...new Set(all)]);
  });
});

describe("README.md", () => {
  it("lists every verb", () => {
    const rows = [...read("README.md").matchAll(/^\| `([a-z]+)(?: [<[]|`)/gm)].map(
      (match) => match[1]!,
    );
    expect(new Set(rows)).toEqual(new Set(verbs.map(({ name }) => name)));
  });
});
