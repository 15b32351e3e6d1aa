/** Whether what a file of code exports is a Definition: plain JavaScript may export anything. */
import { z } from "zod";
import { DTYPES } from "../base/tensor.js";

/** NaN and infinities are among the numbers, for what checks models to refuse. */
const number = z.custom<number>((value) => typeof value === "number");
const dims = z.array(number);
const source = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("data"), data: z.custom((value) => ArrayBuffer.isView(value)) }),
  z.object({ kind: z.literal("file"), path: z.string(), offset: number }),
  z.object({ kind: z.literal("seed"), seed: number, center: number, spread: number }),
]);
const attribute = z
  .union([number, z.string(), z.boolean(), z.array(number), z.array(z.string())])
  .optional();
const definitionShape = z.object({
  name: z.string(),
  inputs: z.array(
    z.object({
      name: z.string(),
      dtype: z.enum(DTYPES),
      dims: z.array(z.union([number, z.string()])),
    }),
  ),
  nodes: z.array(
    z.object({
      name: z.string(),
      op: z.string(),
      inputs: z.array(z.union([z.string(), z.undefined()])),
      attributes: z.record(z.string(), attribute),
    }),
  ),
  outputs: z.array(z.object({ name: z.string(), value: z.string() })),
  constants: z.array(
    z.object({ name: z.string(), type: z.object({ dtype: z.enum(DTYPES), dims }), source }),
  ),
  states: z
    .array(
      z.object({
        input: z.string(),
        output: z.string(),
        keep: z.literal(true).optional(),
        initial: z.string().startsWith("@").optional(),
      }),
    )
    .optional(),
});

/** Looks at every part, which may be to run its code, too. */
export function isDefinition(exported: unknown): boolean {
  return definitionShape.safeParse(exported).success;
}
