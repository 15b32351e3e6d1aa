/** SUPPORTED-OPS.md from the table of ONNX ops and the list of conformance cases. */
import { NEWEST_OPSET } from "../../compiler/frontend/onnx/import.js";
import type { Row } from "../../compiler/frontend/onnx/importSite.js";
import { onnxOps } from "../../compiler/frontend/onnx/ops.js";
import { listedCases } from "./conformanceCase.js";

export const SUPPORTED_OPS = new URL("../../SUPPORTED-OPS.md", import.meta.url);

/** The whole file. */
export function supportedOps(): string {
  const cases = listedCases();
  const passing = cases.filter(({ reason }) => reason === "").length;
  const names = Object.keys(onnxOps).sort();
  const rows = names
    .filter((op) => !op.includes("."))
    .map((op) => {
      const own = cases.filter(({ ops }) => ops.includes(op));
      const passed = own.filter(({ reason }) => reason === "").length;
      const shown = own.length === 0 ? "" : `${passed} of ${own.length}`;
      return `| ${[op, versionsOf(onnxOps[op]!), inputsOf(onnxOps[op]!), attributesOf(onnxOps[op]!), shown].join(" | ")} |`;
    });
  const others = names
    .filter((op) => op.includes("."))
    .map((op) => `| ${[op, inputsOf(onnxOps[op]!), attributesNow(onnxOps[op]!)].join(" | ")} |`);
  const failing = cases.filter(({ reason }) => reason !== "");
  return `# ONNX ops that are read

Generated from the table of ops and the conformance list by \`npx jiti test/conformance/writeSupportedOps.ts\`; do not edit.

Models of opset 7 to ${NEWEST_OPSET} are read; of older ones, those whose ops are of a version listed here. Besides these ops there
are \`If\`, by whose condition a run takes one side where it is not constant, \`Loop\` and \`Scan\` of a number of steps that is
known once sizes are bound, and functions local to the model. Tensors are of float32,
int32, int64 (32 bits wide at run time), uint8, int8 and bool; initialisers may also be of float16, bfloat16, float64 and
integers of other widths.

Of ONNX's own test cases for these ops and types ${passing} of ${cases.length} pass on every target. The last column counts those that an op takes part in.

| op | opsets that changed it | inputs | attributes | cases |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

## Ops of onnxruntime

What its quantiser and its optimiser write in a domain of their own; each is compared with onnxruntime-web.

| op | inputs | attributes |
| --- | --- | --- |
${others.join("\n")}

## Cases that do not pass

| case | on | reason |
| --- | --- | --- |
${failing.map(({ name, reason, target }) => `| ${name} | ${target} | ${reason.replaceAll("|", "\\|")} |`).join("\n")}
`;
}

function versionsOf({ versions }: Row): string {
  return versions.map(({ since }) => since).join(", ");
}

function inputsOf({ inputs }: Row): string {
  return inputs.join(", ");
}

function attributesNow({ versions }: Row): string {
  return versions.at(-1)!.attributes.join(", ");
}

/** Those of the newest version; older ones that are gone since in brackets. */
function attributesOf({ versions, schema }: Row): string {
  const now = new Set(versions.at(-1)!.attributes);
  const all = Object.keys(schema.shape);
  return all.map((name) => (now.has(name) ? name : `(${name})`)).join(", ");
}
