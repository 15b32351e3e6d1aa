/** What expressions are emitted with: names, registers, memory, and the scope that addresses are hoisted in. */
import type { Tensor } from "../base/tensor.js";
import type { Expr } from "../compute/ir.js";
import type { Memory, Value } from "../loop/stmt.js";
import type { Access } from "../place/access.js";
import type { Instance, Position } from "./instance.js";
import type { Names, Scope } from "./scope.js";
import type { Square } from "./square.js";

export interface Emitter {
  readonly names: Names;
  readonly scope: Scope;
  /** A scalar temporary's register. */
  readonly registers: ReadonlyMap<string, Value>;
  readonly accumulator?: Value;
  parameter(source: string): { readonly name: string; readonly memory: Memory };
  /** The values of a kernel's table, where they may be written as numbers. */
  table(source: string): Tensor | undefined;
  /** The square of copies that vectors whose lanes lie apart are read in, if any. */
  squareOf(
    access: Access,
    instance: Instance,
    vector: readonly [string, Position],
  ): Square | undefined;
  access(load: Extract<Expr, { kind: "load" }>): Access;
  /** The value of an expression, which indices can hold too. */
  emit(expr: Expr, instance: Instance): Value;
}
