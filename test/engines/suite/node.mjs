/** The suite in Node: results on standard output. */
import { readFileSync } from "node:fs";
import { runSuite } from "./suite.mjs";

const manifest = JSON.parse(readFileSync(new URL("manifest.json", import.meta.url), "utf8"));
process.stdout.write(JSON.stringify(await runSuite(manifest)));
