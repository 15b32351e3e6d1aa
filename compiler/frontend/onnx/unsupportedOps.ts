/** What to do instead of ops that models have and that are not read. */

const RECURRENT =
  "recurrent layers are not compiled: split the model there, or unroll it when exporting";
const AFTERWARDS =
  "how much it returns depends on values: end the model before it, and do this afterwards";
const LOOP = "loops are not compiled: unroll it when exporting";
const RANDOM = "what is random is not compiled: give the numbers as an input";

const HINTS: Readonly<Record<string, string>> = {
  LSTM: RECURRENT,
  GRU: RECURRENT,
  RNN: RECURRENT,
  Loop: LOOP,
  Scan: LOOP,
  Unique: AFTERWARDS,
  SequenceMap: "export it without: what it does to each tensor of the sequence, written out",
  RandomNormal: RANDOM,
  RandomNormalLike: RANDOM,
  RandomUniform: RANDOM,
  RandomUniformLike: RANDOM,
  Bernoulli: RANDOM,
  Multinomial: RANDOM,
  Attention: "export it as MatMul and Softmax (an older opset does)",
  MaxUnpool: "use ConvTranspose or Resize",
  DeformConv: "use Conv, or GridSample and Conv",
};

/** The nearest supported form, for ops whose name says it. */
export function insteadOf(opType: string): string | undefined {
  return Object.hasOwn(HINTS, opType) ? HINTS[opType] : undefined;
}
