/** Types go, and nothing else: by hand, and the whole runtime as TypeScript itself strips it. */
import { readdirSync, readFileSync } from "node:fs";
import { format } from "prettier";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { withoutTypes } from "../../compiler/emit/strip.js";

const pretty = async (text: string): Promise<string> =>
  (await format(text, { parser: "babel-ts", printWidth: 100 })).replace(/\n\n+/g, "\n");

const folder = new URL("../../runtime/", import.meta.url);

describe("withoutTypes", () => {
  it.each([
    ["const x: number = y!;", "const x = y;"],
    ["let a = (b as readonly C[]).d;", "let a = b.d;"],
    ["const e = { f: 1 } as const;", "const e = { f: 1 };"],
    ["const e = { f: 1 } satisfies G;", "const e = { f: 1 };"],
    [
      "function f<T>(a: T, b?: number, ...c: T[]): asserts a is string {}",
      "function f(a, b, ...c) {}",
    ],
    ["const g = <T,>(a: T): T => a;", "const g = (a) => a;"],
    [
      "const g = async (\n  a: Map<\n    string,\n    number\n  >\n): Promise<void> => {};",
      "const g = async (a) => {};",
    ],
    [
      "/** Gone. */\nexport interface A {\n  b: string; // c\n}\n/** Stays. */\nexport const d = 1;",
      "/** Stays. */\nexport const d = 1;",
    ],
    [
      "/* Stays. */\ntype A = string;\nimport type { B } from 'b';\ndeclare const C: number;",
      "/* Stays. */",
    ],
    ["new Map<string, number>().get(a)![0]!.b;", "new Map().get(a)[0].b;"],
    ['const h = "a as b"; // as c: d!', 'const h = "a as b"; // as c: d!'],
    ["const { a, b }: C = d, [e]: F = g;", "const { a, b } = d, [e] = g;"],
  ])("%s", async (source, expected) => {
    expect(await pretty(await withoutTypes(source))).toBe(await pretty(expected));
  });

  it.each(["enum A { b }", "class A { constructor(private b: string) {} }"])(
    "refuses %s, which is more than types",
    async (source) => {
      await expect(withoutTypes(source)).rejects.toThrow(/is more than a type/);
    },
  );

  it.each(readdirSync(folder).filter((name) => name.endsWith(".ts")))(
    "strips runtime/%s as TypeScript does",
    async (name) => {
      const source = readFileSync(new URL(name, folder), "utf8");
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          removeComments: true,
        },
      });
      const { outputText: stripped } = ts.transpileModule(await withoutTypes(source), {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          removeComments: true,
        },
      });
      // A file of types alone is a module to TypeScript all the same.
      const expected = outputText.replace(/^export \{\};\n$/, "");
      expect(await pretty(stripped)).toBe(await pretty(expected));
    },
  );
});
