/** What is known of a Definition while its nodes are typed. */
import type { Budget } from "../base/budget.js";
import type { Problem } from "../base/error.js";
import type { Suggestion } from "../base/suggest.js";
import type { TensorType } from "../base/tensor.js";
import type { Constant, Definition, Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { Names } from "../graph/names.js";
import type { ReadConstant } from "../graph/readConstant.js";

/** What an operand of the Definition is in the Graph. */
export interface Known {
  readonly operand: Operand;
  readonly type: TensorType;
  readonly constant?: Constant | undefined;
  /** Of a constant that stays a node: how many nodes lie between it and integers of the file. */
  readonly kept?: number;
}

export interface Inference {
  readonly definition: Definition;
  readonly problems: Problem[];
  readonly declared: Set<Operand>;
  /** Of declared operands. */
  readonly suggest: (name: string) => Suggestion;
  /** What is declared and not in here has a problem, which is reported where it arose. */
  readonly known: Map<Operand, Known>;
  readonly nodes: Node[];
  readonly constants: Constant[];
  readonly constantNames: Names;
  readonly valueNames: Names;
  /** What is read instead of operands that are floats of other widths. */
  readonly floats: Map<Operand, Known>;
  readonly read: ReadConstant;
  readonly budget: Budget;
}
