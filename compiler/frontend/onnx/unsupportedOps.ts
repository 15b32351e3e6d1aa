/** What to do instead of ops that models have and that are not read. */

const TEXT =
  "there are no tensors of text: do what is done to texts before the model, and give it numbers";
const BITS = "bits of integers are not computed with: do it outside the model, or as arithmetic";
const LOSS = "losses are for training: export the model for inference";
const CACHE = "export without a cache: pass what is kept as an input and an output";
const RANDOM = "what is random is not compiled: give the numbers as an input";

const HINTS: Readonly<Record<string, string>> = {
  Unique:
    "how many values differ is known only while it runs: end the model before it, and find them afterwards",
  RandomNormal: RANDOM,
  RandomNormalLike: RANDOM,
  RandomUniform: RANDOM,
  RandomUniformLike: RANDOM,
  Bernoulli: RANDOM,
  Multinomial: RANDOM,
  Attention: "export it as MatMul and Softmax (an older opset does)",
  MaxRoiPool: "use GridSample and MaxPool, or crop outside the model",
  ReverseSequence: "use Slice with a step of -1, for sequences of one length",
  CumProd: "use Exp of CumSum of Log, where all factors are positive",
  Det: "multiply it out, for matrices of a fixed size",
  SwiGLU: "export it as Mul, Sigmoid and MatMul (an older opset does)",
  RotaryEmbedding: "export it as Mul, Sin, Cos and Concat (an older opset does)",
  LinearAttention: "export it as MatMul and CumSum (an older opset does)",
  CausalConvWithState: CACHE,
  TensorScatter: CACHE,
  BitCast: BITS,
  BitShift: BITS,
  BitwiseAnd: BITS,
  BitwiseNot: BITS,
  BitwiseOr: BITS,
  BitwiseXor: BITS,
  NegativeLogLikelihoodLoss: LOSS,
  SoftmaxCrossEntropyLoss: LOSS,
  SequenceMap: "export it without: what it does to each tensor of the sequence, written out",
  ImageDecoder: "give it pixels: image({ … }) prepares them in front of the model",
  RegexFullMatch: TEXT,
  StringConcat: TEXT,
  StringNormalizer: TEXT,
  StringSplit: TEXT,
  TfIdfVectorizer: TEXT,
};

/** The nearest supported form, for ops whose name says it. */
export function insteadOf(opType: string): string | undefined {
  return Object.hasOwn(HINTS, opType) ? HINTS[opType] : undefined;
}

/** Whose ops are not read, and how to do without them. */
const DOMAINS: Readonly<Record<string, string>> = {
  "com.microsoft.nchwc":
    "onnxruntime saved it as optimised for one machine: save it with optimisations up to extended",
  "ai.onnx.ml": "trees, encoders and scalers are not networks: do this before or after the model",
  "ai.onnx.contrib": "end the model before it, or begin after it: do this in the application",
};

/** What to do about a domain other than ONNX's own. */
export function withoutDomain(domain: string): string {
  const other = "export without ops of one runtime, or with a function for it in the model";
  return Object.hasOwn(DOMAINS, domain) ? DOMAINS[domain]! : other;
}
