/** Keeps the rooms of the house apart: who may import whom, and what every file owes its reader. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

const files = [...filesUnder("compiler"), ...filesUnder("runtime")].map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));

/** The folders a file's relative imports lead to: compiler/ops/conv.ts => kernel, ops, tensor … */
function importsOf({ path, text }: (typeof files)[number]): { room: string; typeOnly: boolean }[] {
  const pattern = /(?:import|export)\s+(type\s)?[^"';]*?from\s+"(\.[^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => ({
    room: roomOf(normalize(join(dirname(path), match[2]!))),
    typeOnly: match[1] !== undefined,
  }));
}

function roomOf(path: string): string {
  const [top, second, ...rest] = relative(".", path).split("/");
  if (top !== "compiler") return top!;
  return rest.length === 0 ? "compiler" : second!;
}

/** What each room may import besides itself and the files at the top of compiler/. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  kernel: [],
  ops: ["kernel"],
  graph: ["ops", "kernel"],
  weights: ["graph"],
  passes: ["graph", "ops", "kernel"],
  program: ["graph", "ops", "kernel", "targets"],
  targets: ["kernel"],
  analysis: ["graph", "ops", "kernel", "program"],
  tune: ["program", "graph", "kernel", "targets", "emit", "runtime"],
  emit: ["program", "graph", "kernel", "targets"],
};

describe("architecture", () => {
  it("imports go one way", () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file.path);
      const allowed = ALLOWED[room];
      if (allowed === undefined) return [];
      return importsOf(file)
        .filter(({ room: other }) => other !== room && !allowed.includes(other))
        .filter(({ room: other }) => other !== "compiler" || room === "runtime")
        .map(({ room: other }) => `${file.path} imports ${other}`);
    });
    expect(broken).toEqual([]);
  });

  it("program knows targets by their interface alone", () => {
    const importing = files.filter(({ path }) => roomOf(path) === "program");
    const values = importing.flatMap((file) =>
      importsOf(file)
        .filter(({ room, typeOnly }) => room === "targets" && !typeOnly)
        .map(() => file.path),
    );
    expect(values).toEqual([]);
  });

  it("every file opens with a sentence and stays short", () => {
    const silent = files
      .filter(({ text }) => !text.replace(/^#!.*\n/, "").startsWith("/**"))
      .map(({ path }) => path);
    const long = files.filter(({ text }) => text.split("\n").length > 330).map(({ path }) => path);
    expect({ silent, long }).toEqual({ silent: [], long: [] });
  });

  it("no code is made from strings at run time", () => {
    const evaluating = files
      .filter(({ text }) => /\beval\(|new Function\(/.test(text))
      .map(({ path }) => path);
    expect(evaluating).toEqual([]);
  });
});
