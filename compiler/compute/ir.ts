/** The Compute IR: what a kernel means, over named axes and logical indices, before any order or layout. */
import type { Tensor, TensorType } from "../base/tensor.js";

/** Element types inside a kernel: every non-float element is 32 bits wide, bool is 0 or 1. */
export type Scalar = "f32" | "i32" | "bool";

export interface Axis {
  readonly name: string;
  readonly extent: number;
}

/** Σ coefficient · term + constant: an affine part over axes plus opaque i32 terms. */
export interface Index {
  readonly terms: readonly IndexTerm[];
  readonly constant: number;
}

export interface IndexTerm {
  readonly coefficient: number;
  /** An axis by name, or an i32 value that is not affine. */
  readonly of: string | Opaque;
}

/** An i32 value (floordiv, mod, select, load) that is clamped to [min, max], so that no load can leave memory. */
export interface Opaque {
  readonly value: Expr;
  readonly min: number;
  readonly max: number;
}

/** What a load yields where its index leaves the tensor; without one the index is always inside. */
export type Boundary =
  | { readonly mode: "constant"; readonly value: number }
  | { readonly mode: "reflect" | "replicate" | "circular" };

/**
 * Primitives that every target prints: neg abs sqrt floor ceil trunc round (half to even) not isnan,
 * `fround` (the nearest f32, which arithmetic that is wider does not round to by itself), `bits` (the nearest
 * f32's i32 pattern) and `float` (an i32 pattern to f32). The elementary functions are rewritten into these
 * by `decompose`.
 */
export type UnaryOp =
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "round"
  | "not"
  | "isnan"
  | "fround"
  | "bits"
  | "float"
  | ElementaryOp;

export type ElementaryOp =
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "tanh"
  | "erf"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "asinh"
  | "acosh"
  | "atanh";

/**
 * min and max propagate NaN; div on i32 truncates, floordiv and mod on i32 round towards −∞;
 * rem has the sign of the dividend (C fmod); i32 add, sub and mul wrap, and an i32 divided by 0 is 0 and
 * leaves 0; comparisons yield bool. sdot and usdot take an i32 as four bytes, the lowest first, and add up their four
 * products: the left ones have signs, the right ones in sdot alone. dot16 takes an i32 as two integers of 16 bits.
 * pow is rewritten by `decompose`.
 */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floordiv"
  | "mod"
  | "rem"
  | "min"
  | "max"
  | "pow"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr"
  | "sdot"
  | "usdot"
  | "dot16"
  | CompareOp;

export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

export type Expr =
  | { readonly kind: "constant"; readonly dtype: Scalar; readonly value: number }
  /** An index as an i32 value. */
  | { readonly kind: "index"; readonly dtype: "i32"; readonly index: Index }
  | {
      readonly kind: "load";
      readonly dtype: Scalar;
      /** The name of a kernel input, kernel constant, or temporary. */
      readonly source: string;
      /** One logical index per dimension of the source. */
      readonly index: readonly Index[];
      readonly boundary?: Boundary;
    }
  | { readonly kind: "unary"; readonly dtype: Scalar; readonly op: UnaryOp; readonly operand: Expr }
  | {
      readonly kind: "binary";
      readonly dtype: Scalar;
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
    }
  | {
      readonly kind: "select";
      readonly dtype: Scalar;
      readonly condition: Expr;
      readonly then: Expr;
      readonly otherwise: Expr;
    }
  /** f32 to i32 truncates and saturates (NaN is 0); to bool is `!= 0`; from bool is 0 or 1. */
  | { readonly kind: "cast"; readonly dtype: Scalar; readonly operand: Expr }
  /** In an epilogue: the reduced value, or the body's value where nothing is reduced. */
  | { readonly kind: "accumulator"; readonly dtype: Scalar };

/** What reads an element of a source. */
export type Load = Extract<Expr, { kind: "load" }>;

export type Combine = "sum" | "prod" | "min" | "max";

/**
 * One nest: target[index(axes)] = epilogue(combine over `reduce` of body, starting from init).
 * Without reduce axes it is target[index(axes)] = epilogue(body). Axes of the kernel's `outer` prefix
 * and its scan axes are visible too.
 */
export interface Compute {
  /** "out", or the name of a temporary. */
  readonly target: string;
  /**
   * Loops around it that run in order, outermost first. Neighbours that begin with the same scan axes are in the same
   * loops, one after the other in each step: what a step leaves in a temporary, the next one finds.
   */
  readonly scan?: readonly Axis[];
  readonly axes: readonly Axis[];
  readonly reduce: readonly Axis[];
  readonly combine?: Combine;
  /** Where the reduction starts, over the output axes only (a bias, say); the combine's identity by default. */
  readonly init?: Expr;
  readonly body: Expr;
  /** Over the output axes; `accumulator` itself by default. */
  readonly epilogue?: Expr;
  /** One index per dimension of the target: opaque only where a scan updates a temporary. */
  readonly index: readonly Index[];
}

/**
 * A value that lives within one iteration of the outer axes: a register (no dims) or scratch memory. What a scan
 * carries from step to step is scratch memory that is written whole before, and updated in the scan.
 */
export interface Temporary {
  readonly name: string;
  readonly dtype: Scalar;
  readonly dims: readonly number[];
}

export interface KernelInput {
  readonly name: string;
  readonly type: TensorType;
  /** What the op calls this operand (x, w, bias), for names in emitted code. */
  readonly operand?: string;
  /** The same in every run: what the model has learnt. */
  readonly constant?: true;
}

export interface Table {
  readonly name: string;
  readonly value: Tensor;
  /** Set where a zero says that what it would be multiplied with does not count, be it infinite. */
  readonly sparse?: true;
}

/**
 * The meaning of one kernel. Its Computes run in order inside the outer axes; those that write `out`
 * write disjoint parts that exactly cover it, and none of them reads it.
 */
export interface Kernel {
  readonly outer: readonly Axis[];
  readonly inputs: readonly KernelInput[];
  /** Tables that the op itself brings (interpolation indices and weights, window counts). */
  readonly constants: readonly Table[];
  readonly temporaries: readonly Temporary[];
  readonly computes: readonly Compute[];
  readonly output: TensorType;
}

/** The scalar a kernel computes with for a tensor's element type. */
export function scalarOf(dtype: TensorType["dtype"]): Scalar {
  switch (dtype) {
    case "bool":
      return dtype;
    case "f32":
    case "f64":
    case "f16":
    case "bf16":
      return "f32";
    default:
      return "i32";
  }
}

/** The neutral element of a reduction, so that an empty or masked term changes nothing. */
export function identityOf(combine: Combine, dtype: Scalar): number {
  switch (combine) {
    case "sum":
      return 0;
    case "prod":
      return 1;
    case "max":
      return dtype === "f32" ? -Infinity : -(2 ** 31);
    case "min":
      return dtype === "f32" ? Infinity : 2 ** 31 - 1;
    default:
      return combine satisfies never;
  }
}
