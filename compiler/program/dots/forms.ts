/** A kernel as engines compute it that multiply four bytes at a time: of bytes as they are, or of digits. */
import type { Kernel } from "../../compute/ir.js";
import { overDigits } from "../words/digits.js";
import { overWords, type DotEngine } from "./computes.js";

/** The kernel in its other form; the very one where it has none. */
export function dotForm(kernel: Kernel, engine: DotEngine): Kernel {
  return overDigits(overWords(kernel, engine === "sdot" ? "sdot" : "usdot"), engine);
}
