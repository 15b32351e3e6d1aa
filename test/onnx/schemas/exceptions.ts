/** Where onnxruntime-web and ONNX as it is read here are known to disagree, each with its reason. */
import type { DType } from "../../../compiler/base/tensor.js";
import { exceptionalMicrosoft } from "./exceptionalMicrosoft.js";
import { exceptionalSounds } from "./exceptionalSounds.js";
import { exceptionalValues } from "./exceptionalValues.js";
import { exceptionalWindows } from "./exceptionalWindows.js";
import type { Verdict } from "./judge.js";
import { PEER_OPSET, type NodeCase } from "./nodeCase.js";
import {
  aligned,
  at,
  both,
  retyped,
  signedWeights,
  slopesAligned,
  without,
  type Rewrite,
} from "./rewritten.js";

export interface Exception {
  readonly ops: readonly string[];
  holds(one: NodeCase): boolean;
  /**
   * refused (by onnxruntime) and unsupported (here): every case that it holds for goes that way, an
   * unexpected success fails. differs and zeros: it depends on values, some of them do.
   */
  readonly how: Exclude<Verdict, "agrees">;
  readonly reason: string;
  /** With differs: the interpreter agrees, the emitted code does not. */
  readonly imprecise?: true;
  /** With differs: numbers are no further apart than this. */
  readonly off?: number;
  /** The same node in words that onnxruntime takes, whose outputs are the same numbers. */
  readonly instead?: Rewrite;
}

export const words = (text: string): readonly string[] => text.split(" ");

const among =
  (input: number, ...dtypes: readonly DType[]) =>
  ({ inputs }: NodeCase): boolean =>
    dtypes.includes(inputs[input]?.dtype as DType);

const OLD = "onnxruntime-web begins at opset 7; said as of opset 7 it agrees";

/** Versions that onnxruntime-web does not have. */
const VERSIONS: readonly Exception[] = [
  {
    ops: words("Add Sub Mul Div Pow Equal Less Greater And Or Xor"),
    holds: ({ opset }) => opset < 7,
    how: "refused",
    reason: OLD,
    instead: aligned,
  },
  {
    ops: ["PRelu"],
    holds: ({ opset }) => opset < 7,
    how: "refused",
    reason: OLD,
    instead: slopesAligned,
  },
  {
    ops: words("BatchNormalization Gemm Dropout AveragePool"),
    holds: ({ opset }) => opset < 7,
    how: "refused",
    reason: OLD,
    instead: both(at(7), without("is_test", "broadcast")),
  },
  {
    ops: words("Celu Cast Compress Einsum ReduceLogSum ReduceLogSumExp"),
    holds: ({ opset }) => opset > PEER_OPSET,
    how: "refused",
    reason: "onnxruntime-web ends at opset 26; since then there are only more types",
    instead: both(at(18), without("saturate", "round_mode")),
  },
  {
    ops: words("QuantizeLinear DequantizeLinear"),
    holds: ({ opset }) => opset > PEER_OPSET,
    how: "refused",
    reason: "onnxruntime-web ends at opset 26; since then there are only more types",
    instead: at(PEER_OPSET),
  },
  {
    ops: ["Mod"],
    holds: ({ opset }) => opset > PEER_OPSET,
    how: "refused",
    reason: "onnxruntime-web ends at opset 26, which has no floats without fmod",
  },
  {
    ops: ["Range"],
    holds: ({ opset }) => opset > PEER_OPSET,
    how: "refused",
    reason: "onnxruntime-web ends at opset 26; stash_type is about types that are not read",
    instead: both(at(PEER_OPSET), without("stash_type")),
  },
  {
    ops: ["SpaceToDepth"],
    holds: ({ opset }) => opset > PEER_OPSET,
    how: "refused",
    reason: "onnxruntime-web ends at opset 26, which has no mode",
  },
  {
    ops: ["GlobalLpPool", "RoiAlign"],
    holds: ({ opset }) => opset >= 22,
    how: "refused",
    reason: "onnxruntime-web has no kernel of opset 22, which has only more types",
    instead: at(21),
  },
  {
    ops: ["Swish"],
    holds: ({ opset }) => opset > 24,
    how: "refused",
    reason: "onnxruntime-web inlines this op at the very opset that brought it",
    instead: at(24),
  },
];

const NO_KERNEL = "onnxruntime-web has no kernel of this type; the same numbers in another agree";

function noKernel(ops: string, holds: (one: NodeCase) => boolean, instead: Rewrite): Exception {
  return { ops: words(ops), holds, how: "refused", reason: NO_KERNEL, instead };
}

/** Types of indices, depth and values that it has OneHot of. */
const ONE_HOTS = words(
  "i64,i64,i64 i64,i64,f32 f32,i64,i64 f32,f32,f32 i64,f32,i32 i64,f32,f32 i32,f32,f32",
);

const SMALL = ["u8", "i8", "bool"] as const;
const ALL = ["i32", "i64", ...SMALL] as const;
const wide = retyped(SMALL, "i32");

/** Types that onnxruntime-web has no kernels for. */
const TYPES: readonly Exception[] = [
  noKernel("Relu", (one) => among(0, "i64")(one) && one.opset !== 18, retyped(["i64"], "i32")),
  noKernel(
    "PRelu",
    (one) => among(0, "i32", "i64")(one) && (one.opset < 16 || one.opset > 18),
    retyped(ALL, "f32"),
  ),
  noKernel("Pow", among(1, ...SMALL), wide),
  noKernel("Where", among(1, "bool", "i8"), retyped(SMALL, "i32", [1, 2])),
  noKernel("Gemm", among(0, "i32", "i64"), retyped(ALL, "f32")),
  noKernel("Trilu", among(0, "u8", "i8"), wide),
  noKernel("NonZero", among(0, "i8"), wide),
  noKernel("Resize Upsample", among(0, "bool", "i64"), retyped(ALL, "i32", [0])),
  noKernel(
    "DepthToSpace",
    (one) =>
      one.opset > PEER_OPSET ||
      among(0, ...(one.since < 11 ? ALL : (["i32", "i64", "bool"] as const)))(one),
    both(retyped(ALL, "f32"), (one) => (one.opset > PEER_OPSET ? at(13)(one) : one)),
  ),
  noKernel("SpaceToDepth", among(0, "i32", "i64", "bool"), retyped(ALL, "f32")),
  {
    ops: ["Cast"],
    holds: ({ attributes }) => ["down", "nearest"].includes(attributes["round_mode"] as string),
    how: "refused",
    reason:
      "onnxruntime-web takes it for floats of 8 bits alone, which are not read; to others it says nothing",
    instead: without("saturate", "round_mode"),
  },
  {
    ops: words("Cast CastLike"),
    holds: ({ attributes }) => attributes["saturate"] === 0,
    how: "refused",
    reason:
      "onnxruntime-web takes these for floats of 8 bits alone, which are not read; to others they say nothing",
    instead: without("saturate", "round_mode"),
  },
  {
    ops: words("QLinearMatMul QLinearConv com.microsoft.QLinearConv"),
    holds: (one) => among(0, "i8")(one) && among(3, "u8")(one),
    how: "refused",
    reason: "onnxruntime-web has no kernel of signed by unsigned bytes; weights less 128 agree",
    instead: signedWeights,
    off: 1,
  },
  noKernel(
    "EyeLike",
    (one) => among(0, ...SMALL)(one) || [2, 3, 9].includes(Number(one.attributes["dtype"])),
    both(retyped(SMALL, "f32"), without("dtype")),
  ),
  noKernel(
    "OneHot",
    ({ inputs, opset }) =>
      opset > PEER_OPSET || !ONE_HOTS.includes(inputs.map((one) => one!.dtype).join()),
    both(retyped(ALL, "f32"), retyped(["f32"], "i64", [0]), at(11)),
  ),
  {
    ops: ["CenterCropPad"],
    holds: among(1, "i32"),
    how: "refused",
    reason: "onnxruntime-web's function for it takes shapes of i64 alone",
    instead: retyped(["i32"], "i64", [1]),
  },
  {
    ops: ["Pad"],
    holds: among(3, "i32"),
    how: "refused",
    reason: "onnxruntime-web reads axes of i64 alone",
    instead: retyped(["i32"], "i64", [3]),
  },
];

const FLOATS_ONLY = "floats alone are taken here; what it means for integers is not worth a name";

const HERE: readonly Exception[] = [
  {
    ops: words("Erf Shrink ReduceL2 ReduceLogSum ReduceLogSumExp"),
    holds: among(0, ...ALL),
    how: "unsupported",
    reason: FLOATS_ONLY,
  },
  {
    ops: ["Einsum"],
    holds: among(0, "u8", "i8"),
    how: "unsupported",
    reason: "sums of bytes wrap at a byte, which no network means: cast to i32",
  },
  {
    ops: ["Resize"],
    holds: (one) =>
      among(0, ...ALL)(one) &&
      one.attributes["coordinate_transformation_mode"] === "tf_crop_and_resize",
    how: "unsupported",
    reason: "what stands beyond the edge is a float",
  },
];

export const exceptions: readonly Exception[] = [
  ...HERE,
  ...VERSIONS,
  ...TYPES,
  ...exceptionalWindows,
  ...exceptionalMicrosoft,
  ...exceptionalValues,
  ...exceptionalSounds,
];

/** The first that holds. */
export function exceptionOf(one: NodeCase): Exception | undefined {
  return exceptions.find(({ ops, holds }) => ops.includes(one.op) && holds(one));
}
