/** The Program: values, buffers, and an ordered list of kernels, each saying which graph nodes it covers. */
import type { Constant } from "../graph/definition.js";
import type { Boundary, Kernel } from "../compute/ir.js";
import type { Space } from "../loop/stmt.js";
import type { Storage } from "../loop/storage.js";
import type { View } from "../compute/view.js";
import type { Branches, Layout } from "../ops/op.js";
import type { Margin, Place, Places } from "../place/place.js";
import type { Decision } from "../schedule/decision.js";
import type { Schedule } from "../schedule/schedule.js";
import type { TensorType } from "../base/tensor.js";

/** A value's position in `Program.values`: what everything that speaks of values goes by. */
export type ValueId = number;
/** A buffer's position in `Program.buffers`; what a Place calls its buffer. */
export type BufferId = number;

/** An input, a constant, or what kernels compute. What later passes decide of it is absent before them. */
export interface Value {
  /** For people alone: several values may have one name, and none is found by it. */
  readonly name: string;
  readonly type: TensorType;
  /** Set where it is the same in every run: where its elements come from. */
  readonly constant?: Constant;
  /** Dims from the outermost to the innermost in memory; set by choose-orders. */
  readonly order?: readonly number[];
  /** Set by alias-values where it lives in another value's memory. */
  readonly alias?: Alias;
  /** Elements around it in its buffer, and what is filled in there; set by add-margins. */
  readonly margin?: Margin;
  readonly fill?: Boundary;
  /** Where its elements are; set by place-values. */
  readonly place?: Place;
}

/** How a value's place follows from another value's. */
export type Alias =
  /** A view of `of`, as an op's `view` says. */
  | { readonly kind: "view"; readonly of: ValueId; readonly view: View }
  /** The part of a concat's result that begins at `offset` along `axis`. */
  | {
      readonly kind: "part";
      readonly of: ValueId;
      readonly axis: number;
      readonly offset: number;
    };

/** A run of elements; those of the arena have 32 bits. `offset` in bytes within its space is set by allocate-buffers. */
export interface Buffer {
  /** For people: of the value that it was made for. */
  readonly name: string;
  /** How its elements lie: those of constants may be narrower than what is computed with. */
  readonly dtype: Storage;
  /** In elements. */
  readonly size: number;
  readonly space: Space;
  /** Elements of `size` that lie around a value. */
  readonly margin?: number;
  readonly offset?: number;
}

/** What a kernel is there for: the model's arithmetic, moving a value to another layout, or filling margins. */
export type Role = "compute" | "copy" | "fill";

/** The values that a kernel reads, by its own names for them. */
export type Operands = Readonly<Record<string, ValueId>>;

/** What a kernel hangs on: the one element of a value being true, or false. */
export interface Guard {
  readonly value: ValueId;
  readonly is: boolean;
}

export interface ProgramKernel {
  readonly name: string;
  readonly role: Role;
  /** Graph nodes whose values it computes, the last one being its output. */
  readonly covers: readonly string[];
  /** Its sources have names of its own, which are no value's. */
  readonly kernel: Kernel;
  readonly operands: Operands;
  /** The value it writes. */
  readonly output: ValueId;
  /** How it computes what its nodes mean, where that is not what they say: for people. */
  readonly algorithm?: string;
  /** What it was before Winograd's algorithm, where engines that multiply four bytes at a time run that over words. */
  readonly windows?: Kernel;
  /** Runs once, before all runs; set by run-at-load. */
  readonly atLoad?: true;
  /** What cost models decided of it, in order: for people. */
  readonly decisions?: readonly Decision[];
  /** What the first node it covers prefers for its output. */
  readonly layout: Layout;
  /** Set on copies whose output could be a Place instead. */
  readonly view?: View;
  /** Set where it reads only one of two sources, as a third says. */
  readonly branches?: Branches;
  /** Runs only where all of these hold; each is asked where those before it do. Set by guard-branches. */
  readonly when?: readonly Guard[];
  /** Sources whose margins it relies on: filled before it runs; set by add-margins. */
  readonly margins?: readonly string[];
  /** One per Compute; empty before choose-schedules. */
  readonly schedules: readonly Schedule[];
  /** The same of its form over words, where engines are to multiply four bytes at a time; set by choose-schedules. */
  readonly dotSchedules?: readonly Schedule[];
  /** Place of each input, constant and dimensioned temporary by source, and of "out"; empty before place-values. */
  readonly places: Places;
}

/** A copy that places made needless: it would read every element where it would write it. */
export interface Elided {
  /** The position in `Program.kernels` before which it stood. */
  readonly at: number;
  readonly kernel: ProgramKernel;
}

/** A constant as it lies in the constants space: packed by its place from the graph's constant. */
export interface PackedConstant {
  readonly constant: Constant;
  /** Of its layout: how dims nest, and which of them is in blocks (see packing.ts). */
  readonly layout: string;
  readonly place: Place;
}

/** An input or output of the model: dense and row-major. */
export interface Port {
  readonly name: string;
  readonly type: TensorType;
  readonly value: ValueId;
  /** Absent before place-values. */
  readonly place?: Place;
}

/** An input that no run takes: it holds what the run before left there. Dense and row-major. */
export interface ProgramState extends Port {
  /** What the next run finds there; after update-states it lies where the state does. */
  readonly next: ValueId;
  /** What the first run finds there; zeros by default. */
  readonly initial?: Constant;
  /** Where that is packed, row by row; set by pack-constants. */
  readonly initialPlace?: Place;
}

export interface Program {
  readonly name: string;
  readonly values: readonly Value[];
  readonly inputs: readonly Port[];
  /** The declared results in order. */
  readonly outputs: readonly Port[];
  readonly states: readonly ProgramState[];
  readonly buffers: readonly Buffer[];
  readonly kernels: readonly ProgramKernel[];
  /** Empty before place-values. */
  readonly elided: readonly Elided[];
  /** Empty before pack-constants. */
  readonly constants: readonly PackedConstant[];
  /** Bytes of the arena and of the constants; set by allocate-buffers. */
  readonly arenaBytes?: number;
  readonly constantBytes?: number;
  /**
   * Of the constants so many bytes, the first ones, lie in the arena, up to its last byte: kernels at load alone read
   * them, and nothing else may be written there before. Absent where none do.
   */
  readonly overlaidBytes?: number;
}
