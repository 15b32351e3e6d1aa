/** The API's way to quantise: with modules of the compiler's own to run samples through. */
import { buildModule } from "./cli/runModule.js";
import type { Definition } from "./graph/definition.js";
import type { QuantizeOptions } from "./quantize/calibrated.js";
import { quantizeWith, type QuantizeResult } from "./quantize/quantize.js";
import type { SampleSource } from "./quantize/samples.js";

/**
 * A trained model as ONNX of 8-bit integers that other engines read, too: samples say by which scales, and those
 * that are held back (a fifth by default) what it costs. Samples are read one at a time. Throws CompileError:
 * `bad-samples` with everything that is wrong with samples or with what the model makes of them,
 * `unknown-operand` with every layer to keep that is none, `unsupported` and `usage`.
 */
export function quantize(
  definition: Definition,
  samples: readonly SampleSource[],
  options: QuantizeOptions = {},
): Promise<QuantizeResult> {
  return quantizeWith(buildModule, definition, samples, options);
}
