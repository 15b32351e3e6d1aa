/** Makes the nodes that turn a picture into an input of a model. */
import { fail } from "../../../base/error.js";
import { cast } from "../../builder/arithmetic.js";
import { permute, unsqueeze } from "../../builder/movement.js";
import type { Prepared, PreparedInput, Preparer } from "../preparer.js";
import { IMAGE_SCHEMA, type ImageSpec } from "./spec.js";

export const imagePreparer: Preparer<ImageSpec> = {
  kind: "image",
  schema: IMAGE_SCHEMA,
  prepare: prepareImage,
};

function prepareImage(spec: ImageSpec, { name, type }: PreparedInput): Prepared {
  const [, channels, height, width] = type.dims;
  if (spec.from !== "rgb8") fail("unsupported", "only rgb8 so far");
  return {
    inputs: [{ name, dtype: "u8", dims: [height!, width!, channels!] }],
    apply: ([pixels]) => unsqueeze(permute(cast(pixels!, "f32"), [2, 0, 1]), [0]),
  };
}
