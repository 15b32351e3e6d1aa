/** What the parts of the lowering pass around: one Compute under its schedule, and what nests of a kernel share. */
import type { Tensor } from "../base/tensor.js";
import type { Axis, Compute, Expr } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import type { Access } from "../place/access.js";
import type { Schedule } from "../schedule/schedule.js";
import type { Emitter } from "./emitter.js";
import type { Instance } from "./instance.js";
import type { Names } from "./scope.js";

/** What the nests of one kernel share. */
export interface NestContext {
  readonly names: Names;
  readonly registers: Map<string, Value>;
  parameter: Emitter["parameter"];
  /** The values of the kernel's tables. */
  readonly tables: ReadonlyMap<string, Tensor>;
  /** The access of a load, or of the target, of this Compute. */
  access(
    compute: Compute,
    schedule: Schedule,
    load: Extract<Expr, { kind: "load" }> | "target",
  ): Access;
}

export interface Nest {
  readonly compute: Compute;
  readonly schedule: Schedule;
  readonly context: NestContext;
  /** In loop order, after fusing. */
  readonly outputAxes: readonly Axis[];
  readonly reduceAxes: readonly Axis[];
  /** The open loop over groups of an axis. */
  readonly group?: Group;
}

export interface Group {
  readonly axis: string;
  readonly elements: number;
  /** Where the group begins. */
  readonly variable: string;
}

/** What a tile computes for one instance of the output axes. */
export interface Result {
  readonly instance: Instance;
  readonly value: Value;
}
