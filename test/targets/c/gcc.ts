/** Builds C as strictly as anybody would, and runs it on what goes in and comes out as bytes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  elementCount,
  newData,
  type Tensor,
  type TensorData,
} from "../../../compiler/base/tensor.js";
import type { CompileResult } from "../../../compiler/compile.js";
import { C_TYPES } from "./file.js";

export const HAS_GCC = spawnSync("gcc", ["--version"]).status === 0;

const FLAGS = ["-std=c99", "-O1", "-Wall", "-Werror"];

type Values = ReadonlyMap<string, Tensor>;

/** Compiles the last of the files and runs it once. Throws what the compiler or the program says. */
export function runC(
  files: readonly { readonly path: string; readonly content: string | Uint8Array }[],
  input: Uint8Array,
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "c-"));
  try {
    for (const { path, content } of files) writeFileSync(join(folder, path), content);
    const built = spawnSync("gcc", [...FLAGS, "-o", "main", files.at(-1)!.path, "-lm"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const run = spawnSync(join(folder, "main"), { cwd: folder, input, maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(`exit ${run.status ?? run.signal!}: ${run.stderr}`);
    return run.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Outputs of one run after the other of a compiled model, on memory that is full of NaN before the first. */
export function runModel(result: CompileResult, runs: readonly Values[]): Values[] {
  const { inputs, outputs } = result.program;
  const input = Buffer.concat(
    runs.flatMap((values) => inputs.map(({ name }) => bytesOf(values.get(name)!.data))),
  );
  const main = { path: "main.c", content: mainOf(result) };
  const bytes = runC([...result.files, main], input);
  let at = 0;
  return runs.map(
    () =>
      new Map(
        outputs.map(({ name, type }): [string, Tensor] => {
          const data = newData(type.dtype, elementCount(type.dims));
          const target = bytesOf(data);
          target.set(bytes.subarray(at, at + target.length));
          at += target.length;
          return [name, { type, data }];
        }),
      ),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Runs the model for as long as there are inputs to read. */
function mainOf({ files: [source, weights], program, emission }: CompileResult): string {
  const given = String(source!.content).includes("void *memory");
  const arrays = (name: string, values: typeof program.inputs): string[] =>
    values.map(
      ({ type }, i) => `static ${C_TYPES[type.dtype]} ${name}${i}[${elementCount(type.dims)}];`,
    );
  const list = (name: string, values: typeof program.inputs): string =>
    values.map((_, i) => `${name}${i}`).join(", ");
  const passed = [weights && "bytes", given && "space", "inputs", "outputs"].filter(Boolean);
  return [
    `#include <stdio.h>\n#include "${source!.path}"`,
    ...arrays("in", program.inputs),
    ...arrays("out", program.outputs),
    weights && `static Word bytes[${emission.constants.length / 4}];`,
    given && `static Word space[${program.arenaBytes! / 4}];`,
    "int main(void) {",
    `const void *const inputs[] = {${list("in", program.inputs)}};`,
    `void *const outputs[] = {${list("out", program.outputs)}};`,
    `memset(${given ? "space, 255, sizeof space" : "memory, 255, sizeof memory"});`,
    weights && `FILE *file = fopen("${weights.path}", "rb");`,
    weights && "if (file == NULL || fread(bytes, sizeof bytes, 1, file) != 1) return 1;",
    "for (;;) {",
    ...program.inputs.map((_, i) => `if (fread(in${i}, sizeof in${i}, 1, stdin) != 1) return 0;`),
    `run(${passed.join(", ")});`,
    ...program.outputs.map((_, i) => `fwrite(out${i}, sizeof out${i}, 1, stdout);`),
    "}\n}\n",
  ]
    .filter((line) => typeof line === "string")
    .join("\n");
}
