/** The Program: buffers, places, and an ordered list of kernels, each saying which graph nodes it covers. */
import type { Constant, Operand } from "../graph/definition.js";
import type { Kernel, Scalar } from "../compute/ir.js";
import type { Place, Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import type { Space } from "../loop/stmt.js";
import type { Op, View } from "../ops/op.js";
import type { TensorType } from "../base/tensor.js";

/** A run of 32-bit elements. `offset` in bytes within its space is set by plan-memory. */
export interface Buffer {
  readonly name: string;
  readonly dtype: Scalar;
  /** In elements. */
  readonly size: number;
  readonly space: Space;
  /** Elements of `size` that lie around a value. */
  readonly margin?: number;
  readonly offset?: number;
}

/** What a kernel is there for: the model's arithmetic, moving a value to another layout, or filling margins. */
export type Role = "compute" | "copy" | "fill";

export interface ProgramKernel {
  readonly name: string;
  readonly role: Role;
  /** Graph nodes whose values it computes, the last one being its output. */
  readonly covers: readonly string[];
  /** Its inputs are named by operands: %value, @constant, or a table of its own. */
  readonly kernel: Kernel;
  /** The operand (%name) it writes. */
  readonly output: Operand;
  /** What the first node it covers prefers for its output. */
  readonly layout: Op["layout"];
  /** Set on copies whose output could be a Place instead. */
  readonly view?: View;
  /** One per Compute; empty before assign-layouts. */
  readonly schedules: readonly Schedule[];
  /** Place of each input, constant and dimensioned temporary by name, and of "out"; empty before assign-layouts. */
  readonly places: Places;
}

/** A constant as it lies in the constants space: packed by its place from the graph's constant. */
export interface PackedConstant {
  readonly constant: Constant;
  readonly place: Place;
}

export interface ProgramValue {
  readonly name: string;
  readonly type: TensorType;
  /** Row-major, without margin; absent before assign-layouts. */
  readonly place?: Place;
}

export interface Program {
  readonly name: string;
  readonly inputs: readonly ProgramValue[];
  /** The declared results in order, and the values that hold them. */
  readonly outputs: readonly (ProgramValue & { readonly value: Operand })[];
  readonly buffers: readonly Buffer[];
  readonly kernels: readonly ProgramKernel[];
  readonly constants: readonly PackedConstant[];
  /** Bytes of the arena and of the constants; set by plan-memory. */
  readonly arenaBytes?: number;
  readonly constantBytes?: number;
}
