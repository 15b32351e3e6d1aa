/** The memory that printed functions see, and the functions of the runtime that they call. */
import type { Memory } from "../../loop/stmt.js";
import { expectWide } from "../../loop/storage.js";

/** Memory views a kernel function can take, in the order of its parameters. */
export const VIEWS = ["f32", "i32", "weights", "tables"] as const;
export type View = (typeof VIEWS)[number];

/** Functions of the runtime that printed expressions call. */
export const HELPERS = ["round", "bits", "float", "saturate"] as const;
export type Helper = (typeof HELPERS)[number];

/** The typed array that holds elements of this kind. */
export function viewOf({ dtype, space }: Memory): View {
  expectWide(dtype, "TypeScript");
  if (space === "arena") return dtype === "f32" ? "f32" : "i32";
  return dtype === "f32" ? "weights" : "tables";
}

export function viewType(view: View): "Float32Array" | "Int32Array" {
  return view === "f32" || view === "weights" ? "Float32Array" : "Int32Array";
}
