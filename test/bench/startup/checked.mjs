/** A process that does nothing but import a built module, load it and run it once; arguments: its folder, `verify` or `trust`, and `cpu` for what the process computes instead of what passes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { clockOf } from "./clock.mjs";
import { tell } from "./tell.mjs";

const [, , folder, mode, clock] = process.argv;
const now = clockOf(clock);
const ports = JSON.parse(readFileSync(join(folder, "inputs.json"), "utf8"));
const inputs = Object.fromEntries(
  ports.map(({ name, length }) => [name, new Float32Array(length).fill(0.5)]),
);
const start = now();
const { load } = await import(pathToFileURL(join(folder, "model.js")).href);
const model = await load({ verify: mode === "verify" });
const loaded = now();
const [output] = Object.values(model.run(inputs));
tell({ load: loaded - start, first: now() - loaded, output: output.slice(0, 10) });
