/** A folder of models to point a command line at: one that is right, some that are wrong, one in TypeScript. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";

const NET = `model net(%x: f32[N,3]) {
  %y = matmul(%x, @w, @b) {axis=1}
  %z = relu(%y)
  return logits = %z, "../escape" = %y
}
@w : f32[2,3] = [1, -2, 0.5, 3, 0.25, -1]
@b : f32[2] = [0.125, -0.5]
`;

const BROKEN = `model broken(%x: f32[2,3]) {
  %a = conw(%x)
  %b = relu(%x) {alpha=3}
  %c = matmul(%x, @w)
  return y = %a, z = %b, w = %c
}
@w : f32[5,7] = seed 1 center 0 spread 1
`;

/** Makes the folder for the tests of a file; yields the path of what is called so in it. */
export function modelFolder(): (name: string) => string {
  let folder = "";
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "command-line-"));
    await writeFile(at("net.tw"), NET);
    await writeFile(at("broken.tw"), BROKEN);
    await writeFile(
      at("x.npy"),
      writeNpy({ dtype: "f32", dims: [1, 3] }, new Float32Array([1, 2, 3])),
    );
    await writeFile(
      at("model.ts"),
      `import { linear, model } from "tilewright";
export default model("coded", { x: [1, 3] }, linear({ inFeatures: 3, outFeatures: 2 }));
`,
    );
    await writeFile(at("wrong.ts"), "export default 3;\n");
    await writeFile(
      at("boundary.tw"),
      `model outside(%x: f32[2]) {
  %y = add(%x, @w)
  return y = %y
}
@w : f32[2] = file "../secret.bin" 0
`,
    );
  });

  afterAll(() => rm(folder, { recursive: true }));

  return at;
}
