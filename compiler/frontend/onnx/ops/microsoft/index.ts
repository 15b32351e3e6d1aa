/** Ops of onnxruntime's own domain, com.microsoft, which its quantiser and its optimiser write. */
import type { Row } from "../../importSite.js";
import { resampleRows } from "../resample.js";
import { selectRows } from "../select.js";
import { microsoftActivationRows } from "./activation.js";
import { microsoftPoolRows } from "./pool.js";
import { microsoftProductRows } from "./product.js";
import { microsoftQuantizeRows } from "./quantize.js";

/** What ONNX has had of its own since, as exporters wrote it before. */
const earlier = (row: Row, inputs: string, ...attributes: readonly string[]): Row => ({
  ...row,
  inputs: inputs.split(" "),
  versions: [{ since: 1, attributes }],
});

const rows: Readonly<Record<string, Row>> = {
  ...microsoftQuantizeRows,
  ...microsoftPoolRows,
  ...microsoftProductRows,
  ...microsoftActivationRows,
  GridSample: earlier(
    resampleRows["GridSample"]!,
    "X Grid",
    ...["mode", "padding_mode", "align_corners"],
  ),
  Trilu: earlier(selectRows["Trilu"]!, "X k?", "upper"),
};

export const microsoftRows: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(rows).map(([op, row]) => [`com.microsoft.${op}`, row]),
);
