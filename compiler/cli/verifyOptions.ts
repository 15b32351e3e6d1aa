/** How a folder in ONNX's test layout is verified or recorded. */
import type { PlanOptions } from "../compile.js";
import type { Tolerance } from "../golden/compareTensors.js";
import type { Given } from "../project/given.js";

export interface VerifyOptions {
  /** ONNX's own by default: 1e-3 of every element, and 1e-7. */
  readonly tolerance?: Tolerance;
  /** Records what comes out instead of comparing it. */
  readonly update?: boolean;
  /** Finds the first node that is wrong; with `update`, records the value of every node for that. */
  readonly bisect?: boolean;
  readonly plan?: Omit<Plan, "readFile">;
  /** Further options of the command line, for reading the model. */
  readonly given?: Given;
}

export type Plan = Pick<
  PlanOptions,
  "target" | "disable" | "winograd" | "readFile" | "budget" | "weightsType" | "arithmetic" | "keep"
>;
