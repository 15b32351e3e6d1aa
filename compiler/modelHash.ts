/** Names a model by what it says, so that a module can be traced back to it. */
import { createHash } from "node:crypto";
import { constantTensor } from "./graph/constants.js";
import type { Definition } from "./graph/definition.js";
import { printDefinition } from "./graph/text/print.js";

/** SHA-256 of the model's text and the values of its constants, in hex; seeded values are in the text. */
export function hashModel(definition: Definition, readFile?: (path: string) => Uint8Array): string {
  const hash = createHash("sha256").update(printDefinition(definition));
  for (const constant of definition.constants) {
    if (constant.source.kind === "seed") continue;
    const { data } = constantTensor(constant, readFile);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
