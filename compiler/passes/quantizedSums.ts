/**
 * quantized-sums: where both factors of products are integers with a scale, as in networks of DequantizeLinear and
 * QuantizeLinear, the integers are multiplied and summed up, exactly, and the scales become one number behind the sum.
 *
 *   %x = mul(cast(%q), @s)
 *   %w = mul(cast(@p), @t)           %sum = conv(cast(%q), cast(@p), @b) : i32
 *   %c = conv(%x, %w, %bias)    =>   %y = round(mul(cast(%sum), @scale))
 *   %y = round(div(%c, @r))
 */
import { moveRules } from "./integers/moves.js";
import { integerProducts } from "./integers/products.js";
import { scaleRules } from "./integers/scales.js";
import type { Pass } from "./pass.js";

export const quantizedSums: Pass = {
  name: "quantized-sums",
  stages: [[integerProducts, ...scaleRules, ...moveRules]],
};
