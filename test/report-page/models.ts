/** Small models that reports are made of: one with a block that is twice there, and one whose names are hostile. */
import { quoteName } from "../../compiler/base/quote.js";

const block = (name: string, from: string): string => `
  %${name}.conv = conv(%${from}, @w) {pads=[1,1,1,1]}
  %${name}.norm = batchNorm(%${name}.conv, @s, @s, @s, @s)
  %relu_${name} = relu(%${name}.norm)
  %add_${name} = add(%${from}, %relu_${name})`;

/** Two residual blocks, a1 and a2, pooled and flattened. */
export const RESIDUAL = `model residual(%x: f32[1,4,8,8]) {${block("a1", "x")}${block("a2", "add_a1")}
  %pool = maxPool(%add_a2) {kernel=[2,2], strides=[2,2]}
  %flat = reshape(%pool) {shape=[1,64]}
  return y = %flat
}
@w : f32[4,4,3,3] = seed 1 center 0 spread 0.5
@s : f32[4] = seed 2 center 1 spread 0.25
`;

/** What would end a script, a title, a style or a line, turn the text around, or fill the screen. */
export const HOSTILE_NAMES: readonly string[] = [
  `</script><script>document.title="owned"</script>`,
  `<img src=x onerror="document.title='owned'">`,
  `</style></title><!--`,
  `"'\`\\u003c&lt;`,
  `a\u202egnp.b\u2066\u200f`,
  `line\u2028separator\u0000\u001b[31m`,
  "__proto__",
  "constructor",
  "x".repeat(16_000),
];

/** A chain of one node for each of the names, called after one of them. */
export const HOSTILE = `model ${quoteName(HOSTILE_NAMES[0]!)}(%x: f32[1,2,4,4]) {
${HOSTILE_NAMES.map((name, i) => `  %${quoteName(name)} = ${i % 2 === 0 ? "conv" : "relu"}(%${i === 0 ? "x" : quoteName(HOSTILE_NAMES[i - 1]!)}${i % 2 === 0 ? ", @w" : ""})`).join("\n")}
  return ${quoteName(HOSTILE_NAMES[1]!)} = %${quoteName(HOSTILE_NAMES.at(-1)!)}
}
@w : f32[2,2,1,1] = seed 1 center 0 spread 0.5
`;
