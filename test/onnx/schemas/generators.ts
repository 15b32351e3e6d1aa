/** A generator for every row of the table of ops. */
import type { Generator } from "./draw.js";
import { constants } from "./families/constant.js";
import { detection } from "./families/detection.js";
import { found } from "./families/found.js";
import { microsoftBytes } from "./families/microsoftBytes.js";
import { microsoftFloats } from "./families/microsoftFloats.js";
import { normalize } from "./families/normalize.js";
import { parts } from "./families/parts.js";
import { pointwise } from "./families/pointwise.js";
import { product } from "./families/product.js";
import { quantize } from "./families/quantize.js";
import { recurrent } from "./families/recurrent.js";
import { reduce } from "./families/reduce.js";
import { resample } from "./families/resample.js";
import { scatter } from "./families/scatter.js";
import { select } from "./families/select.js";
import { shape } from "./families/shape.js";
import { sound } from "./families/sound.js";
import { window } from "./families/window.js";

export const generators: Readonly<Record<string, Generator>> = {
  ...pointwise,
  ...window,
  ...product,
  ...normalize,
  ...recurrent,
  ...reduce,
  ...constants,
  ...shape,
  ...parts,
  ...scatter,
  ...select,
  ...resample,
  ...detection,
  ...found,
  ...quantize,
  ...microsoftBytes,
  ...microsoftFloats,
  ...sound,
};
