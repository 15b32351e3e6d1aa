/** Writes SUPPORTED-OPS.md anew: `npx jiti test/conformance/writeSupportedOps.ts`. */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { SUPPORTED_OPS, supportedOps } from "./supportedOps.js";

writeFileSync(SUPPORTED_OPS, await format(supportedOps(), { parser: "markdown" }));
