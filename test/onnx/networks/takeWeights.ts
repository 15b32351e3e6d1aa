/** Takes the weights out of what architectures.py exports: `npx jiti test/onnx/networks/takeWeights.ts FOLDER`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { withoutWeights } from "./weightless.js";

const folder = argv[2]!;
for (const name of readdirSync(folder).filter((name) => name.endsWith(".onnx"))) {
  const bytes = withoutWeights(readFileSync(join(folder, name)));
  writeFileSync(new URL(`./${name}`, import.meta.url), bytes);
  console.log(`${name}: ${bytes.length} bytes`);
}
