/** Keeps the rooms of the house apart: who may import whom, and what every file owes its reader. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function filesUnder(folder: string): string[] {
  return (
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      // What benchmarks and engines install beside tests is others'.
      .filter((name) => name.endsWith(".ts") && !/(^|[\\/])node_modules[\\/]/.test(name))
      .map((name) => join(folder, name))
  );
}

const read = (path: string) => ({ path, text: readFileSync(join(root, path), "utf8") });

const folders = ["compiler", "runtime", "postprocess"];
const files = folders.flatMap(filesUnder).map(read);
const around = [...filesUnder("test"), ...filesUnder("examples")].map(read);

/** A file has fewer lines: what is longer has two ideas. */
const LINES = 250;

/** The files and rooms that relative imports lead to. */
function importsOf({ path, text }: { readonly path: string; readonly text: string }) {
  const pattern = /(?:import|export)\s[^"';]*?from\s+"(\.[^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => {
    const to = normalize(join(dirname(path), match[1]!)).replace(/\.js$/, ".ts");
    return { path: to, room: roomOf(to) };
  });
}

function roomOf(path: string): string {
  const [top, second, ...rest] = relative(".", path).split("/");
  if (top !== "compiler") return top!;
  return rest.length === 0 ? "compiler" : second!;
}

/** What each room may import besides itself: the way of data, from the ground up. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  postprocess: [],
  base: [],
  compute: ["base"],
  place: ["base", "compute"],
  schedule: ["compute", "place"],
  loop: ["base", "compute"],
  meaning: ["base", "compute", "loop"],
  lower: ["base", "compute", "place", "schedule", "loop", "meaning"],
  ops: ["base", "compute", "meaning"],
  graph: ["base", "compute", "meaning", "ops"],
  infer: ["base", "compute", "meaning", "lower", "ops", "graph"],
  onnx: ["base"],
  frontend: ["base", "onnx", "ops", "graph", "infer"],
  passes: ["base", "graph", "infer"],
  program: ["base", "compute", "place", "schedule", "loop", "meaning", "lower", "ops", "graph"],
  emit: ["base", "program"],
  targets: ["base", "compute", "place", "schedule", "loop", "lower", "program", "emit", "runtime"],
  "onnx-export": ["base", "onnx", "ops", "graph"],
  analysis: ["base", "compute", "ops", "graph", "program"],
  tune: ["base", "compute", "place", "schedule", "loop", "graph", "program", "targets"],
};

/** Files that import one another, through any number of others; types included. */
function circles(): string[][] {
  const imports = new Map(
    files.map((file) => [file.path, importsOf(file).map(({ path }) => path)]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) return void found.push(way.slice(at));
    if (done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

describe("architecture", () => {
  it("imports go one way", () => {
    const broken = files.flatMap((file) => {
      const room = roomOf(file.path);
      const allowed = ALLOWED[room];
      if (allowed === undefined) return [];
      return importsOf(file)
        .filter(({ room: other }) => other !== room && !allowed.includes(other))
        .map(({ room: other }) => `${file.path} imports ${other}`);
    });
    expect(broken).toEqual([]);
  });

  it("no file imports itself through others", () => {
    expect(circles()).toEqual([]);
  });

  it("covers every room", () => {
    // These see everything below them: nothing that data goes through imports them.
    const above = [
      "compiler",
      "golden",
      "quantize",
      "project",
      "bundler",
      "report-page",
      "cli",
      "vitest",
    ];
    const rooms = new Set(files.map(({ path }) => roomOf(path)));
    expect([...rooms].sort()).toEqual([...Object.keys(ALLOWED), ...above].sort());
    const upwards = files
      .filter(({ path }) => !above.includes(roomOf(path)))
      .flatMap((file) => importsOf(file).filter(({ room }) => above.includes(room)));
    expect(upwards).toEqual([]);
  });

  it("every file opens with a sentence and stays short", () => {
    const all = [...files, ...around];
    const silent = all
      .filter(({ text }) => !text.replace(/^#!.*\n/, "").startsWith("/**"))
      .map(({ path }) => path);
    const long = all
      .filter(({ text }) => text.trimEnd().split("\n").length >= LINES)
      .map(({ path }) => path);
    expect({ silent, long }).toEqual({ silent: [], long: [] });
  });

  it("no code is made from strings at run time", () => {
    const evaluating = files
      .filter(({ text }) => /\beval\(|new Function\(/.test(text))
      .map(({ path }) => path);
    expect(evaluating).toEqual([]);
  });
});
