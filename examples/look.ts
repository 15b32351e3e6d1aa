/** Writes pages to look at: LeNet-5 reading a digit, and AlexNet seeing a disc. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encode } from "fast-png";
import { readNpy } from "tilewright";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const out = here("../out/look/");

/** A red disc on a blue-green slope, 0 to 255. */
function disc(size: number): Uint8Array {
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const inside = Math.hypot(x - size * 0.45, y - size * 0.55) < size * 0.3;
      const colour = inside ? [0.9, 0.2, 0.1] : [0.1, x / size, y / size];
      colour.forEach((value, c) => (data[(y * size + x) * 3 + c] = Math.round(255 * value)));
    }
  return data;
}

/** `tilewright report`, as it was just built. */
function report(name: string, model: string, ...options: readonly string[]): void {
  const page = ["--out-file", `${out}${name}.html`, "--input", `${out}${name}.png`];
  const args = [here("../dist/compiler/cli/main.js"), "report", here(model), "--target", "wasm"];
  const { status } = spawnSync(process.execPath, [...args, ...page, ...options], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

mkdirSync(out, { recursive: true });
const digits = readNpy(readFileSync(here("lenet5/images.npy"))).data as Float32Array;
const digit = Uint8Array.from(digits.subarray(0, 28 * 28));
writeFileSync(`${out}lenet5.png`, encode({ width: 28, height: 28, channels: 1, data: digit }));
writeFileSync(
  `${out}alexnet.png`,
  encode({ width: 224, height: 224, channels: 3, data: disc(224) }),
);
report("lenet5", "lenet5/model.ts", "--weights-from", here("lenet5/lenet5.safetensors"));
report("alexnet", "alexnet.ts");
