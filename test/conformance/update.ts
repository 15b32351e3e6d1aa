/** Runs every listed case and writes the list anew: `npx jiti test/conformance/update.ts`. Reasons that still hold are kept. */
import { writeFileSync } from "node:fs";
import { listedCases, opsOf, runCase } from "./conformanceCase.js";

const lines: string[] = [];
for (const { name, reason } of listedCases()) {
  const result = await runCase(name);
  const [first = ""] = (result.reason ?? result.status).split("\n");
  const why = result.status === "pass" ? "" : reason === "" ? first : reason;
  lines.push([name, opsOf(name).join(","), why].join("\t").trimEnd());
}
writeFileSync(new URL("./cases.tsv", import.meta.url), `${lines.join("\n")}\n`);
const passing = lines.filter((line) => line.split("\t").length === 2).length;
console.log(`${passing} of ${lines.length} pass`);
