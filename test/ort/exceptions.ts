/** Where onnxruntime-web and the ops here are known to disagree, each with its reason. */
import type { OpCase } from "../ops/cases/index.js";

export interface Exception {
  readonly op: string;
  /** The cases that it holds for. */
  holds(one: OpCase): boolean;
  /**
   * refused: onnxruntime does not load or run it; differs: other numbers; zeros: zeros of another sign, all
   * other numbers agree; imprecise: the interpreter agrees, the emitted code does not.
   */
  readonly how: "refused" | "differs" | "zeros" | "imprecise";
  readonly reason: string;
}

const titled =
  (pattern: RegExp) =>
  ({ title }: OpCase): boolean =>
    pattern.test(title);

/** Signs of zeros: numbers are the same, and neither IEEE 754 nor ONNX say more. */
const ZEROS: readonly Exception[] = [
  {
    op: "deformColumns",
    holds: titled(/^far outside/),
    how: "zeros",
    reason:
      "what lies outside is 0 here, as in ONNX's text; onnxruntime multiplies it by its weights",
  },
  {
    op: "roiAlign",
    holds: titled(/^max/),
    how: "zeros",
    reason: "zeros of either sign are +0 here; ONNX does not say",
  },
  {
    op: "relu",
    holds: titled(/^f32\[37\]/),
    how: "zeros",
    reason: "max(−0, 0) is 0 here, as IEEE 754's maximum has it; ONNX does not say",
  },
  ...(["min", "max"] as const).map((op): Exception => ({
    op,
    holds: titled(/^f32\[37,1\] and \[37\]/),
    how: "zeros",
    reason: "−0 is less than 0 here, as in IEEE 754's minimum and maximum; ONNX does not say",
  })),
  {
    op: "sign",
    holds: titled(/^f32\[37\]/),
    how: "zeros",
    reason: "the sign of −0 is −0 here, as in PyTorch; ONNX says 0 of either",
  },
  ...["elu", "selu", "celu"].map((op): Exception => ({
    op,
    holds: titled(op === "elu" ? /^f32\[37\] .*0\.3/ : /^f32\[37\]/),
    how: "zeros",
    reason: "results below the least f32 keep their sign here; onnxruntime loses it in exp(x) − 1",
  })),
];

const DIFFERENT: readonly Exception[] = [
  {
    op: "col2im",
    holds: titled(/^i32/),
    how: "refused",
    reason: "onnxruntime-web has floats alone",
  },
  {
    op: "col2im",
    holds: titled(/ to \[6,3,4\]/),
    how: "differs",
    reason: "onnxruntime loses elements of 3 dimensions with strides and dilations",
  },
  {
    op: "cast",
    holds: titled(/^f32 to i64$/),
    how: "differs",
    reason:
      "i64 is 32 bits wide at run time and saturates there; ONNX leaves values out of range open",
  },
  {
    op: "cast",
    holds: titled(/^f32 to u8$/),
    how: "differs",
    reason: "values out of range: wrapped here, anything in ONNX",
  },
  {
    op: "cast",
    holds: titled(/^i64 to i32$/),
    how: "differs",
    reason: "2^40 out of range: saturated here, since folded shapes are; anything in ONNX",
  },
  ...["reduceMax", "reduceMin"].map((op): Exception => ({
    op,
    holds: titled(/^of 1 NaN 2$/),
    how: "differs",
    reason:
      "onnxruntime loses NaN, depending on where it stands; numpy, which ONNX refers to, keeps it",
  })),
  {
    op: "maxPool",
    holds: titled(/^f32\[1,1,36\]/),
    how: "differs",
    reason: "onnxruntime loses NaN, depending on where in the window it stands; it stays here",
  },
  {
    op: "reduceProd",
    holds: titled(/^i32\[2,3,4,5\] over \[2,3\]$/),
    how: "differs",
    reason: "overflow: wraps here as numpy does, saturates in onnxruntime; ONNX does not say",
  },
  ...["argMax", "argMin"].map((op): Exception => ({
    op,
    holds: titled(/^f32\[5\] along 0, last/),
    how: "differs",
    reason: "the last NaN of several wins here; onnxruntime compares with NaN, ONNX does not say",
  })),
  {
    op: "topKIndices",
    holds: titled(/^[37] of f32\[7\]/),
    how: "differs",
    reason: "NaN is the largest here, as in numpy and PyTorch; onnxruntime compares with it",
  },
  {
    op: "gridSample",
    holds: titled(/^\[1,2,2,2\]/),
    how: "differs",
    reason: "beyond 2^31 elements there are zeros here; onnxruntime's positions overflow",
  },
  {
    op: "resize",
    holds: titled(/"scales":\[0.6,0.6\].*alignCorners/),
    how: "differs",
    reason:
      "the output is input · scale long, which need not be whole: ONNX's own cases have it so, onnxruntime rounds",
  },
  {
    op: "resize",
    holds: titled(/^f32\[2,4\].*tfCropAndResize/),
    how: "differs",
    reason: "onnxruntime extrapolates interpolated values alone; ONNX says it of all modes",
  },
];

const IMPRECISE: readonly Exception[] = ["sin", "cos", "tan"].map((op) => ({
  op,
  holds: titled(/^f32\[37\]/),
  how: "imprecise",
  reason: "angles beyond 10^6 have lost their meaning in the emitted polynomials",
}));

const REFUSED: readonly Exception[] = [
  {
    op: "cast",
    holds: titled(/ to (bf16|u4|i4)$/),
    how: "refused",
    reason: "onnxruntime-web gives out neither bfloat16 nor values of 4 bits",
  },
  {
    op: "lstm",
    holds: titled(/with cells.* [34] steps/),
    how: "refused",
    reason:
      "ONNX's LSTM returns the cell after the last step alone; a layer of one step can be said",
  },
  ...["div", "mod"].map((op): Exception => ({
    op,
    holds: ({ inputs: [, y] }) =>
      y!.type.dtype !== "f32" && y!.data.some((value) => Number(value) === 0),
    how: "refused",
    reason: "an integer divided by 0 is 0 here, its rest too; an error in onnxruntime",
  })),
  ...["where", "branch"].map((op): Exception => ({
    op,
    holds: titled(/^bool/),
    how: "refused",
    reason: "onnxruntime-web has no Where of bool, which ONNX has",
  })),
  {
    op: "gather",
    holds: titled(/^\[2,5\] at i64\[3\]/),
    how: "refused",
    reason: "indices out of range: clamped here, an error in onnxruntime",
  },
  ...["gatherElements", "gatherND"].map((op): Exception => ({
    op,
    holds: titled(/out of range$/),
    how: "refused",
    reason: "indices out of range: clamped here, an error in onnxruntime",
  })),
  ...["scatterElements", "scatterND"].map((op): Exception => ({
    op,
    holds: titled(/out of range$/),
    how: "refused",
    reason: "indices out of range: nothing is written here, an error in onnxruntime",
  })),
  {
    op: "einsum",
    holds: titled(/^\.\.\.->|and f32\[7,5,2\]$/),
    how: "refused",
    reason: "ellipses of several ranks, and none in the output: numpy and PyTorch have them",
  },
  {
    op: "gridSample",
    holds: titled(/^\[1,2,5\]|^\[1,1,3,2,4\]/),
    how: "refused",
    reason: "onnxruntime samples images and volumes, volumes without cubics",
  },
  {
    op: "resize",
    holds: titled(/^f32\[1,1,9\]/),
    how: "refused",
    reason: "onnxruntime smooths images alone",
  },
  {
    op: "conv",
    holds: titled(/^i32/),
    how: "refused",
    reason:
      "a convolution of i32 is what ConvInteger does after its casts; ONNX has none by itself",
  },
  {
    op: "localResponseNorm",
    holds: titled(/^\[2,6,4\]/),
    how: "refused",
    reason: "onnxruntime takes images only, and odd sizes",
  },
  {
    op: "localResponseNorm",
    holds: titled(/^\[1,3,2,2,2\]/),
    how: "refused",
    reason: "onnxruntime takes images only",
  },
];

export const exceptions: readonly Exception[] = [...ZEROS, ...DIFFERENT, ...IMPRECISE, ...REFUSED];
