/** Makes the inputs and the nodes that turn a picture into an input of a model. */
import { CompileError, type Problem } from "../../../base/error.js";
import { formatType, type TensorType } from "../../../base/tensor.js";
import { sizeName } from "../../../base/picture.js";
import { checkType } from "../../../graph/typing.js";
import type { Value } from "../../builder/value.js";
import type { Prepared, PreparedInput, Preparer } from "../preparer.js";
import { normalize, PIXEL_CHANNELS, selectChannels, type PictureType } from "./channels.js";
import { spansOf, type Sides } from "./geometry.js";
import { resizeKnown } from "./resize.js";
import { checkAnySize, resizeInRun } from "./resizeInRun.js";
import { IMAGE_SCHEMA, type ImageSpec } from "./spec.js";

export const imagePreparer: Preparer<ImageSpec> = {
  kind: "image",
  schema: IMAGE_SCHEMA,
  prepare: prepareImage,
};

/** Throws CompileError with everything that does not fit. */
function prepareImage(spec: ImageSpec, { name, type }: PreparedInput): Prepared {
  const picture = pictureOf(type);
  const problems = "code" in picture ? [picture] : specProblems(spec, picture);
  if (problems.length > 0 || "code" in picture) throw new CompileError(problems);
  const model = sidesOf(picture);
  const size = spec.size ?? model;
  const most = "upTo" in size ? size.upTo : size;
  const pixels = { dtype: "u8", dims: [...most, PIXEL_CHANNELS[spec.from]] } as const;
  checkType(pixels);
  const select = (given: Value): Value => selectChannels(given, spec, picture.channels);
  if ("upTo" in size) {
    checkAnySize(spec, model);
    return {
      inputs: [
        { name, ...pixels },
        { name: sizeName(name), dtype: "i32", dims: [2] },
      ],
      apply: ([given, itsSize]) =>
        normalize(resizeInRun(select(given!), itsSize!, spec, [most, model]), spec, picture),
    };
  }
  const spans = spansOf(spec, size, model);
  return {
    inputs: [{ name, ...pixels }],
    apply: ([given]) => normalize(resizeKnown(select(given!), spans, spec), spec, picture),
  };
}

function isChannels(dim: number | undefined): boolean {
  return dim === 1 || dim === 3;
}

/** What kind of a picture an input is: [1, channels, height, width], or channels last. */
function pictureOf(type: TensorType): PictureType | Problem {
  const { dtype, dims } = type;
  const channelsLast = !isChannels(dims[1]) && isChannels(dims[3]);
  const channels = channelsLast ? dims[3] : dims[1];
  const fits = dims.length === 4 && dims[0] === 1 && isChannels(channels);
  if (fits && (dtype === "f32" || dtype === "u8"))
    return { dtype, dims, channelsLast, channels: channels! };
  return {
    code: "shape-mismatch",
    message: `is ${formatType(type)}, which is no picture`,
    hint: "image prepares f32[1,3,height,width], f32[1,height,width,3] and the same with one channel, or in u8",
  };
}

function sidesOf({ dims, channelsLast }: PictureType): Sides {
  return channelsLast ? [dims[1]!, dims[2]!] : [dims[2]!, dims[3]!];
}

/** Options that do not go with others, or with this input. */
function specProblems(spec: ImageSpec, { dtype, channels }: PictureType): Problem[] {
  const problems: Problem[] = [];
  const wrong = (message: string, hint?: string): void => {
    problems.push({ code: "bad-attribute", message, ...(hint === undefined ? {} : { hint }) });
  };
  for (const option of ["mean", "std"] as const) {
    const given = spec[option];
    if (typeof given === "number" || given.length === 1 || given.length === channels) continue;
    wrong(`${option} has ${given.length} numbers, the model takes ${channels} channels`);
  }
  if (spec.shorterSide !== undefined && spec.fit !== "crop")
    wrong(`shorterSide says what is cropped, but fit is ${spec.fit}`, 'say fit: "crop"');
  if (spec.fill !== undefined && spec.fit !== "letterbox")
    wrong(`fill says what a letterbox is filled with, but fit is ${spec.fit}`);
  const plain = [spec.scale, spec.std, spec.mean].every((one, i) => one === (i === 2 ? 0 : 1));
  if (dtype === "u8" && !plain)
    wrong("the model takes u8, which cannot be scaled", "say scale: 1, and neither mean nor std");
  return problems;
}
