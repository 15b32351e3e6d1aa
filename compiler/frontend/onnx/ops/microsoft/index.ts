/** Ops of onnxruntime's own domain, com.microsoft, which its quantiser and its optimiser write. */
import type { Row } from "../../importSite.js";
import { microsoftActivationRows } from "./activation.js";
import { microsoftPoolRows } from "./pool.js";
import { microsoftProductRows } from "./product.js";
import { microsoftQuantizeRows } from "./quantize.js";

const rows: Readonly<Record<string, Row>> = {
  ...microsoftQuantizeRows,
  ...microsoftPoolRows,
  ...microsoftProductRows,
  ...microsoftActivationRows,
};

export const microsoftRows: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(rows).map(([op, row]) => [`com.microsoft.${op}`, row]),
);
