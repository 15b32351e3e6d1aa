/** Runs every listed case and writes the list anew: `npx jiti test/conformance/update.ts`. Reasons that still hold are kept. */
import { writeFileSync } from "node:fs";
import { ENGINES, targetOf } from "../support/engine.js";
import { listedCases, opsOf, runCase } from "./conformanceCase.js";

const lines: string[] = [];
for (const { name, reason } of listedCases()) {
  const failing = new Map<string, string>();
  for (const engine of ENGINES) {
    const result = await runCase(name, engine);
    if (result.status === "pass") continue;
    failing.set(targetOf(engine), (result.reason ?? result.status).split("\n")[0]!);
  }
  const [[only, first] = ["", ""]] = failing;
  const why = failing.size === 0 ? "" : reason === "" ? first : reason;
  const target = failing.size === 1 ? only : "";
  lines.push([name, opsOf(name).join(","), why, target].join("\t").trimEnd());
}
writeFileSync(new URL("./cases.tsv", import.meta.url), `${lines.join("\n")}\n`);
const passing = lines.filter((line) => line.split("\t").length === 2).length;
console.log(`${passing} of ${lines.length} pass`);
