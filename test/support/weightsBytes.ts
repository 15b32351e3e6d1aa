/** The weights file that the text of a model names. */
import type { Constant } from "../../compiler/graph/definition.js";
import { planWeights } from "../../compiler/graph/text/weights.js";

/** The bytes of the weights file of a text, little-endian. */
export function weightsBytes(modelName: string, constants: readonly Constant[]): Uint8Array {
  const plan = planWeights(modelName, constants);
  const bytes = new Uint8Array(plan.size);
  const view = new DataView(bytes.buffer);
  for (const { name, source } of constants) {
    const offset = plan.offsets.get(name);
    if (offset === undefined || source.kind !== "data") continue;
    const { data } = source;
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      if (typeof value === "bigint") view.setBigInt64(offset + i * 8, value, true);
      else if (data instanceof Float32Array) view.setFloat32(offset + i * 4, value, true);
      else if (data instanceof Int32Array) view.setInt32(offset + i * 4, value, true);
      else view.setUint8(offset + i, value);
    }
  }
  return bytes;
}
