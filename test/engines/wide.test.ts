/** Code for engines that join neighbouring vectors: it is joined there, and gives the same bits as it is and as relaxed SIMD. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { findNode24, runNode } from "./engines.js";

/** Tiles of whole and of half pairs, a stride, windows over channels and by channel, a residual, SiLU, a pool, a row. */
const NET = `model net(%image: f32[1,3,20,22]) {
  %c1 = conv(%image, @w1, @b1) {pads=[1,1,1,1], strides=[2,2]}
  %r1 = relu(%c1)
  %p1 = conv(%r1, @w2, @b2)
  %s1 = silu(%p1)
  %d1 = conv(%s1, @w3, @b3) {pads=[1,1,1,1], groups=40}
  %s2 = silu(%d1)
  %p2 = conv(%s2, @w4, @b4)
  %a1 = add(%p2, %r1)
  %m1 = maxPool(%a1) {kernel=[2,2], strides=[2,2]}
  %g1 = globalAveragePool(%m1)
  %f1 = flatten(%g1)
  %fc = matmul(%f1, @w5)
  return scores = %fc, map = %m1
}
@w1 : f32[24,3,3,3] = seed 1 center 0 spread 0.3
@b1 : f32[24] = seed 2 center 0 spread 0.3
@w2 : f32[40,24,1,1] = seed 3 center 0 spread 0.3
@b2 : f32[40] = seed 4 center 0 spread 0.3
@w3 : f32[40,1,3,3] = seed 5 center 0 spread 0.3
@b3 : f32[40] = seed 6 center 0 spread 0.3
@w4 : f32[24,40,1,1] = seed 7 center 0 spread 0.3
@b4 : f32[24] = seed 8 center 0 spread 0.3
@w5 : f32[24,21] = seed 9 center 0 spread 0.3
`;

/** Prints the bits of what a module makes of two inputs. */
const SCRIPT = `const { load } = await import(process.argv[2]);
const net = await load();
for (const seed of [1, 2]) {
  const image = Float32Array.from({ length: 1320 }, (_, i) => Math.sin(seed * i));
  const { scores, map } = net.run({ image });
  console.log([scores, map].map(({ buffer }) => new Uint32Array(buffer).join(" ")).join("\\n"));
}`;

const node24 = findNode24();
const newer = node24 === undefined ? "Node 24 (absent: npm run engines)" : "Node 24";
const JOINING = ["--no-liftoff", "--experimental-wasm-revectorize"];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wide-"));
  const options = { target: "wasm", standalone: true, js: true } as const;
  for (const simd of ["relaxed", "wide"] as const) {
    const { files } = await compile(parseDefinition(NET), { ...options, simd, name: simd });
    await writeFiles(folder, files);
  }
  await writeFiles(folder, [
    { path: "package.json", content: '{ "type": "module" }\n' },
    { path: "run.mjs", content: SCRIPT },
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

function run(simd: string, flags: readonly string[] = []): string {
  return runNode(node24, [...flags, join(folder, "run.mjs"), join(folder, `${simd}.js`)]);
}

describe.skipIf(node24 === undefined)(`wide vectors in ${newer}`, () => {
  it("give the bits of relaxed SIMD, joined or not", () => {
    const bits = run("relaxed");
    const [first, second] = bits.split("\n").map((line) => new Set(line.split(" ")));
    expect(first!.size).toBeGreaterThan(10);
    expect(second!.size).toBeGreaterThan(10);
    expect(run("wide")).toBe(bits);
    expect(run("wide", JOINING)).toBe(bits);
  });

  it("are joined in every kernel that computes in them", () => {
    const joined = (simd: string): number => {
      const said = run(simd, [...JOINING, "--trace-wasm-revectorize"]);
      const nodes = said.matchAll(/Decide to vectorize, (\d+) revectorizable nodes/g);
      return [...nodes].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const [wide, relaxed] = [joined("wide"), joined("relaxed")];
    expect(wide).toBeGreaterThan(1.5 * relaxed);
  });
});
