/** The Stmt IR: loops, registers, loads and stores, after a schedule fixed the order and places the addresses. */
import type { BinaryOp, Combine, Scalar, UnaryOp } from "../compute/ir.js";
import type { Storage } from "./storage.js";

/**
 * Names of parameters, loop variables and registers are unique within a function and are identifiers made
 * of axis names, buffer roles and numbers, never of names from a model.
 */
export interface KernelFunction {
  /** What the function does, one line, for a comment; free of model names. */
  readonly summary: string;
  /** One per buffer it touches: the element address where the place begins is passed at the call. */
  readonly parameters: readonly Parameter[];
  readonly body: readonly Stmt[];
  /**
   * Where there are parallel loops, the number of tiles in all. A thread is called with `begin`, `end` and `ran`,
   * and runs the tiles of [begin, end); threads that together run each tile once, in any order, compute what one
   * thread does with [0, tiles). `ran` is the last tile that the thread ran before, with its scratch memory as it
   * still is, −1 if none: what was prepared for that one need not be prepared again.
   */
  readonly tiles?: number;
  /**
   * Tiles with which stages begin, but for the first one, with tile 0: threads run a stage when all of the one before is
   * done. What a stage leaves in memory the next ones read, whoever has run which tile.
   */
  readonly stages?: readonly number[];
}

export interface Parameter {
  readonly name: string;
  /** Which kernel input, constant, temporary, or "out" it stands for. */
  readonly source: string;
  readonly dtype: Storage;
  readonly space: Space;
  /** Scratch memory of tiles: each thread passes an address of its own. */
  readonly perThread?: true;
}

/** Memory that kernels write (arena), or that is fixed at build time (constants). */
export type Space = "arena" | "constants";

export type Stmt =
  /** for (variable = from; variable < to; variable += step), at least once. */
  | {
      readonly kind: "for";
      readonly variable: string;
      readonly from: number;
      readonly to: number;
      readonly step: number;
      /** Of a parallel loop: which tiles its iterations are. */
      readonly tiles?: Tiles;
      readonly body: readonly Stmt[];
    }
  /** Declares a register; `mutable` ones are assigned again. */
  | {
      readonly kind: "let";
      readonly register: string;
      readonly mutable: boolean;
      readonly value: Value;
    }
  | { readonly kind: "assign"; readonly register: string; readonly value: Value }
  /** Writes `lanes` of the value, or the first `count` lanes. */
  | {
      readonly kind: "store";
      readonly memory: Memory;
      readonly address: Value;
      readonly value: Value;
      readonly count?: number;
    };

/**
 * Iteration i of a parallel loop is tile `first + i`. With `each` it is so many tiles from `first + i · each` on, the
 * iterations of the parallel loops in it, which count from there; what else stands in it prepares them in scratch
 * memory, and every thread that runs one of them does so for itself, once.
 */
export interface Tiles {
  readonly first: number;
  readonly each?: number;
}

/** An access's element type and memory. */
export interface Memory {
  readonly dtype: Storage;
  readonly space: Space;
}

/** Every value knows its element type and its lanes (1: a scalar). Both operands of an operation have the same lanes. */
export type Value = { readonly dtype: Scalar; readonly lanes: number } & (
  | { readonly kind: "constant"; readonly value: number }
  /** A parameter, loop variable or register. */
  | { readonly kind: "register"; readonly name: string }
  /** Address in elements of the memory's own size. With lanes: consecutive elements, the first `count` of them, the others 0. */
  | {
      readonly kind: "load";
      readonly memory: Memory;
      readonly address: Value;
      readonly count?: number;
    }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly operand: Value }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly left: Value; readonly right: Value }
  | { readonly kind: "cast"; readonly operand: Value }
  /** Both arms may be evaluated. */
  | {
      readonly kind: "select";
      readonly condition: Value;
      readonly then: Value;
      readonly otherwise: Value;
    }
  /** The scalar condition decides which arm is evaluated: guards a load. */
  | {
      readonly kind: "guard";
      readonly condition: Value;
      readonly then: Value;
      readonly otherwise: Value;
    }
  /** One scalar into all lanes. */
  | { readonly kind: "splat"; readonly operand: Value }
  /** One scalar per lane. */
  | { readonly kind: "build"; readonly operands: readonly Value[] }
  /** Lane i is the one that `picks[i]` numbers: those of `left` come first, then those of `right`. */
  | {
      readonly kind: "shuffle";
      readonly left: Value;
      readonly right: Value;
      readonly picks: readonly number[];
    }
  /**
   * Of integers that 16 bits hold, twice as many lanes: products of neighbours added up, lane i is
   * left[2i] · right[2i] + left[2i + 1] · right[2i + 1] as an i32.
   */
  | { readonly kind: "dot"; readonly left: Value; readonly right: Value }
  /** One lane as a scalar. */
  | { readonly kind: "extract"; readonly operand: Value; readonly lane: number }
  /** The first `count` lanes of the operand, then `fill`. */
  | {
      readonly kind: "mask";
      readonly operand: Value;
      readonly count: number;
      readonly fill: number;
    }
  /** All lanes combined into a scalar, from lane 0 up. */
  | { readonly kind: "reduce"; readonly combine: Combine; readonly operand: Value }
);
