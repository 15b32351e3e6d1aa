/** Every way into the command with every bad thing in it, as processes: a code, bounded words, exit 1 or 2, no trace, no end that never comes. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { shellLine, type ShellOutcome } from "../support/commandProcess.js";

let folder = "";

const SMALL = `model small(%x: f32[2]) {\n  %y = add(%x, @w)\n  return y = %y\n}\n@w : f32[2] = [1, 2]\n`;
const INTS = "model ints(%x: i64[2]) {\n  %y = neg(%x)\n  return y = %y\n}\n";
const f32 = (...values: readonly number[]): Uint8Array =>
  writeNpy({ dtype: "f32", dims: [values.length] }, Float32Array.from(values));
const i64 = (...values: readonly bigint[]): Uint8Array =>
  writeNpy({ dtype: "i64", dims: [values.length] }, BigInt64Array.from(values));

/** More than anybody reads. */
const MANY = Array.from({ length: 5000 }, (_, i) => i);

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "small.tw": SMALL,
  "ints.tw": INTS,
  "x.npy": f32(1, 2),
  "x3.npy": f32(1, 2, 3),
  "half.npy": f32(1.5, 2),
  "big.npy": i64(2n ** 40n, 2n),
  "cut.npy": f32(1, 2).subarray(0, 50),
  "text.json": "{",
  "a b.tw": SMALL,
  "throws.mjs": 'throw new Error("x".repeat(1e6));',
  "waits.mjs": "await new Promise(() => {}); export default 1;",
  "late.mjs": 'setTimeout(() => { throw new Error("late"); }, 0); export default 1;',
  "leaves.mjs": "process.exit(0);",
  "deep.mjs": "const f = () => f() + 1; f(); export default 1;",
  "hidden.mjs": 'export default { name: "m", get inputs() { throw 3; } };',
  "loose.mjs":
    'export default { name: "m", inputs: [], nodes: [], outputs: [], constants: [{ name: "w", type: {}, source: {} }] };',
  "ranks.tw": `model m(%x: f32[${"1,".repeat(200_000)}2]) {\n  %y = matmul(%x, %x)\n  return y = %y\n}\n`,
  "many.tw": `model m(%x: f32[2]) {\n${MANY.map((i) => `  %n${i} = nothing(%x)\n`).join("")}  return ${MANY.map((i) => `y${i} = %n${i}`).join(", ")}\n}\n`,
};

/** Folders in ONNX's test layout: a model, and what is in their one set. */
const SETS: Readonly<
  Record<string, readonly [model: string, files: Readonly<Record<string, string | Uint8Array>>]>
> = {
  empty: [SMALL, {}],
  wrong: [SMALL, { "input_0.npy": f32(1, 2, 3), "output_0.npy": f32(2, 4) }],
  typed: [INTS, { "input_0.npy": f32(1, 2), "output_0.npy": f32(2, 4) }],
  wide: [INTS, { "input_0.npy": i64(2n ** 40n, 1n), "output_0.npy": i64(1n, 1n) }],
  cut: [SMALL, { "input_0.npy": f32(1, 2).subarray(0, 50), "output_0.npy": f32(2, 4) }],
  garbage: [SMALL, { "input_0.pb": "garbage", "output_0.npy": f32(2, 4) }],
  values: [SMALL, { "input_0.npy": f32(1, 2), "output_0.npy": f32(2, 3), "values.npz": "PK" }],
  pipe: [SMALL, {}],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ways-in-"));
  const at = (...names: readonly string[]): string => join(folder, ...names);
  for (const [name, content] of Object.entries(FILES)) await writeFile(at(name), content);
  for (const [name, [model, files]] of Object.entries(SETS)) {
    await mkdir(at(name, "test_data_set_0"), { recursive: true });
    await writeFile(at(name, "model.tw"), model);
    for (const [file, content] of Object.entries(files))
      await writeFile(at(name, "test_data_set_0", file), content);
  }
  execFileSync("mkfifo", [
    at("pipe.tw"),
    at("pipe.onnx"),
    at("pipe.npy"),
    at("pipe/test_data_set_0/input_0.npy"),
  ]);
  for (const ending of ["tw", "onnx", "npy", "ts"]) {
    await mkdir(at(`folder.${ending}`));
    await symlink("/dev/zero", at(`zero.${ending}`));
    await symlink(`loop.${ending}`, at(`loop.${ending}`));
  }
});
afterAll(() => rm(folder, { recursive: true }));

const run = (line: string, env = {}): Promise<ShellOutcome> =>
  shellLine(line, { cwd: folder, env });

/** Codes, words and an end: what everybody gets who makes a mistake. */
function expectCoded(
  { code, signal, stdout, stderr }: ShellOutcome,
  expected: 1 | 2,
  words: RegExp,
): void {
  const said = stdout + stderr;
  expect(said).not.toMatch(/\n\s+at |bug of Tilewright|node:internal/);
  expect(said).toMatch(words);
  expect(said.length).toBeLessThan(40_000);
  for (const line of said.split("\n")) expect(line.length).toBeLessThan(2000);
  expect({ code, signal }).toEqual({ code: expected, signal: null });
}

type Row = readonly [line: string, code: 1 | 2, words: RegExp];

/** Whatever reads a file reads it in the one way. */
const WAYS: readonly ((file: string) => string)[] = [
  ...["check", "build", "summary", "dump", "compare", "bench"].map(
    (verb) => (file: string) => `${verb} ${file}.tw`,
  ),
  (file) => `export ${file}.onnx --out-file o.onnx`,
  (file) => `check small.tw --bind x=${file}.npy`,
  (file) => `check small.tw --weights-from ${file}.npy`,
  (file) => `dump small.tw --schedules ${file}.npy`,
  (file) => `build small.tw --tune --schedules ${file}.npy`,
  (file) => `run small.tw --input ${file}.npy`,
];
const BAD: readonly (readonly [file: string, words: RegExp])[] = [
  ["pipe", /\[usage\] cannot read pipe\.\w+: it is a pipe, not a file/],
  ["folder", /\[usage\] cannot read folder\.\w+: it is a folder, not a file/],
  ["zero", /\[usage\] cannot read zero\.\w+: it is a device, not a file/],
  ["loop", /\[usage\] cannot read loop\.\w+: links that lead in a circle/],
  ["none", /\[usage\] cannot read none\.\w+: there is no such file/],
];
// Each way meets two bad things; all together every one several times.
const READS = WAYS.flatMap((way, i) =>
  [BAD[i % BAD.length]!, BAD[(i + 2) % BAD.length]!].map(([file, words]): Row => [
    way(file),
    2,
    words,
  ]),
).filter(([line]) => !/--tune .*none/.test(line));

const INPUTS: readonly Row[] = [
  ["run small.tw --input x3.npy", 1, /\[shape-mismatch\] 'x': x3\.npy has \[3\]/],
  ["run ints.tw --input big.npy", 2, /\[usage\] input "x"\[0\] = 1099511627776 exceeds 32 bits/],
  ["run ints.tw --input half.npy", 1, /\[type-mismatch\] half\.npy: 1\.5 is not a value of i64/],
  ["run small.tw --input cut.npy", 1, /\[bad-file\] cut\.npy/],
  ["run small.tw", 2, /inputs without values: x: f32\[2\]/],
  ["dump small.tw --schedules text.json", 1, /\[bad-file\] text\.json: not a file of schedules/],
];

const VERIFY: readonly Row[] = [
  ["verify empty", 2, /\[usage\] empty: input 'x' has no value, expected f32\[2\]/],
  ["verify --update empty", 2, /\[usage\] empty: input 'x' has no value/],
  ["verify wrong", 1, /\[shape-mismatch\] .*\[3\].*f32\[2\]/],
  ["verify typed", 2, /\[usage\] typed: input 'x' is f32\[2\], expected i64\[2\]/],
  ["verify wide", 2, /\[usage\] wide: input "x"\[0\] = 1099511627776 exceeds 32 bits/],
  ["verify cut", 1, /\[bad-file\] cut\/test_data_set_0\/input_0\.npy: not an \.npy file/],
  ["verify garbage", 1, /\[bad-file\] garbage\/test_data_set_0\/input_0\.pb: not an ONNX tensor/],
  ["verify --bisect values", 1, /\[bad-file\] values\/test_data_set_0\/values\.npz/],
  ["verify pipe", 2, /input_0\.npy: it is a pipe, not a file/],
  ["verify x.npy", 2, /has no model|cannot read/],
  ["verify small.tw/x", 2, /there is no folder/],
];

const OPTIONS: readonly Row[] = [
  [
    "build small.tw --out-dir.x y",
    2,
    /build has no option '--out-dir\.x'; did you mean '--out-dir'\?/,
  ],
  ["build small.tw --__proto__=x", 2, /build has no option '--__proto__'/],
  ["build small.tw --out-dir", 2, /--out-dir wants a value/],
  ["build small.tw --out-dir --json", 2, /--out-dir wants a value, not the option '--json'/],
  ["build small.tw --out-dir ''", 2, /the value of --out-dir is empty/],
  ["build small.tw --out-dir a --out-dir b", 2, /--out-dir is given 2 times/],
  ["build small.tw --json=3", 2, /--json takes no value/],
  ["build small.tw --seed 9999999999", 2, /--seed must be a whole number, not '9999999999'/],
  ["build small.tw --shape x=2 --shape x=3", 2, /--shape is given twice for 'x'/],
  ["build small.tw ints.tw", 2, /build takes one <model>, and 'ints\.tw' is one more/],
  ["check ''", 2, /expected a model/],
  ["build 'a b.tw'", 2, /files cannot be called 'a b'.*--name/],
  ...[
    "''",
    "../x",
    "a/b",
    ".",
    "'a b'",
    "a..b",
    "con",
    "x.weights",
    "$'a\\nb'",
    "$(printf 'x%.0s' {1..300})",
  ].map((name): Row => [`build small.tw --name=${name}`, 2, /--name/]),
  ["export small.tw --out-file folder.onnx", 2, /folder\.onnx is a folder, not a file/],
  ["export small.tw --out-file x/", 2, /x\/ is a folder/],
  ["export small.tw --out-file /dev/null --force", 2, /\/dev\/null is a device, not a file/],
  ["build small.tw --out-dir /proc/x", 2, /cannot make the folder \/proc\/x/],
  ["build small.tw --out-dir x.npy/y", 2, /make the folder \S+: something else of this name is/],
  ["export small.tw --out-file loop.tw/o", 2, /make the folder loop\.tw: something else of this/],
  ["build small.tw --out-dir /sys", 2, /cannot write \/sys\/small\.ts: no right to/],
  ["compare small.tw --runs 0", 2, /--runs must be at least 1/],
];

const MODELS: readonly Row[] = [
  ["check throws.mjs", 1, /\[bad-file\] throws\.mjs cannot be imported: x+…x+/],
  ["check waits.mjs", 1, /\[bad-file\] the model's code .* waits for what never comes/],
  ["check late.mjs", 1, /\[bad-file\] the model's code failed after it was imported: Error: late/],
  ["check leaves.mjs", 1, /\[bad-file\] the model's code ended the process/],
  ["check deep.mjs", 1, /\[bad-file\] deep\.mjs cannot be imported: Maximum call stack/],
  ["check hidden.mjs", 1, /\[bad-file\] hidden\.mjs cannot be imported: 3/],
  ["check loose.mjs", 1, /\[bad-file\] loose\.mjs: its default export is not a model/],
  ["check ranks.tw", 1, /\[[a-z-]+\]/],
  ["check many.tw", 1, /and 4900 more problems/],
  ["check many.tw --json", 1, /"more": 4900/],
];

describe.each([
  ["files that cannot be read", READS],
  ["inputs", INPUTS],
  ["recorded sets", VERIFY],
  ["options", OPTIONS],
  ["models", MODELS],
])("%s", (_, rows) => {
  it.concurrent.each(rows)("tilewright %s", async (line, code, words) => {
    expectCoded(await run(`tilewright ${line}`), code, words);
  });
});

describe("streams", () => {
  const FULL = /^error: \[usage\] cannot write to standard output: no space left on the device\n$/;

  it.concurrent.each(["dump small.tw", "summary small.tw --json", "--help"])(
    "that are full: %s",
    async (line) => {
      expectCoded(await run(`tilewright ${line} > /dev/full`), 2, FULL);
      expect(await run(`tilewright ${line} > /dev/full 2> /dev/full`)).toMatchObject({
        code: 2,
        stderr: "",
      });
    },
  );

  it("that are closed or cut off are no error", async () => {
    for (const end of [">&-", ">&- 2>&- <&-", "| head -0; exit ${PIPESTATUS[0]}"])
      expect(await run(`tilewright dump small.tw ${end}`)).toEqual({
        code: 0,
        signal: null,
        stdout: "",
        stderr: "",
      });
    for (const end of ["2>&-", "2> /dev/full", "2>&1 | head -0; exit ${PIPESTATUS[0]}"])
      expect(await run(`tilewright chek ${end}`)).toMatchObject({ code: 2, stderr: "" });
  });

  it("a missing folder for temporary files is named", async () => {
    const outcome = await run("tilewright run small.tw --input x.npy", { TMPDIR: "/nowhere" });
    expectCoded(outcome, 2, /cannot make a folder in \/nowhere, where temporary files go/);
  });
});
