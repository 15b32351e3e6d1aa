/** Folders with small models in them, and what a refusal to write over a file looks like. */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { afterFile } from "../support/afterFile.js";

let root: string | undefined;
let count = 0;
afterFile(() => {
  if (root !== undefined) rmSync(root, { recursive: true });
  root = undefined;
});

/** Two numbers, as .npy. */
export const X = writeNpy({ dtype: "f32", dims: [2] }, new Float32Array([1, 2]));

interface Source {
  readonly name?: string;
  readonly input?: string;
  readonly dtype?: string;
  readonly op?: string;
  readonly weights?: string;
}

/** The text of a model that adds two weights to two numbers. */
export const modelOf = ({
  name = "small",
  input = "x",
  dtype = "f32",
  op = "add",
  weights = "1, 2",
}: Source = {}): string =>
  `model ${name}(%${input}: ${dtype}[2]) {\n  %y = ${op}(%${input}, @w)\n  return y = %y\n}\n@w : ${dtype}[2] = [${weights}]\n`;

/** A new folder with files; yields the path of what is called so in it. */
export async function folder(files: Readonly<Record<string, string | Uint8Array>>) {
  root ??= await mkdtemp(join(tmpdir(), "overwrite-"));
  const path = join(root, String(count++));
  await mkdir(path);
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return (...names: readonly string[]): string => join(path, ...names);
}

export const good = { code: 0, stderr: "" };

/** Nothing but a coded refusal that names the file, and what to do. */
export function expectRefusal(
  outcome: { readonly code: number; readonly stderr: string },
  words: RegExp,
): void {
  expect(outcome.stderr).toMatch(/^error: \[usage\] /);
  expect(outcome.stderr).toMatch(words);
  expect(outcome.code).toBe(2);
}
