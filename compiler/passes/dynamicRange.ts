/** A value as bytes, with a scale and a zero point that each run finds: the nodes that ONNX's DynamicQuantizeLinear is. */
import type { Constant, Operand } from "../graph/definition.js";
import { lookThrough } from "../graph/lookThrough.js";
import type { NewNode, RewriteContext } from "../graph/rewrite/rule.js";

type Named = NewNode & { readonly name: string };

/** Quantised: i32 less the zero point, and the scale of one. */
export interface DynamicRange {
  readonly centred: Operand;
  readonly scale: Operand;
  readonly before: readonly Named[];
  readonly constants: readonly Constant[];
}

const LARGEST = 255;
const STEPS: Constant = {
  name: "steps",
  type: { dtype: "f32", dims: [] },
  source: { kind: "data", data: Float32Array.of(LARGEST) },
};

/**
 * The scale lets 0 and all of x into 0 to 255: (max(x, 0) − min(x, 0)) / 255; the zero point is what 0 becomes.
 * One for all who multiply the value.
 */
export function quantizeAtRunTime(x: Operand, context: RewriteContext): DynamicRange {
  const known = quantized(x, context);
  if (known !== undefined) return { ...known, before: [], constants: [] };
  const before: Named[] = [];
  const add = (suffix: string, op: NewNode["op"], inputs: Operand[], attributes = {}): Operand => {
    const name = context.fresh(`${x.slice(1)}.${suffix}`);
    before.push({ name, op, inputs, attributes });
    return `%${name}`;
  };
  const there = context.constant(`@${STEPS.name}`);
  const steps = there?.source === STEPS.source ? there : { ...STEPS, name: context.fresh("steps") };
  const all = { keepDims: false };
  const low = add("low", "clip", [add("least", "reduceMin", [x], all)], { max: 0 });
  const high = add("high", "relu", [add("most", "reduceMax", [x], all)]);
  const scale = add("scale", "div", [add("range", "sub", [high, low]), `@${steps.name}`]);
  const inRange = { min: 0, max: LARGEST };
  const bytes = (suffix: string, rounded: Operand): Operand =>
    add(suffix, "cast", [add(`${suffix}.held`, "clip", [rounded], inRange)], { to: "u8" });
  const offset = add("offset", "div", [add("below", "neg", [low]), scale]);
  const zero = bytes("zero", add("zero.whole", "round", [offset]));
  const ratio = add("ratio", "round", [add("steps", "div", [x, scale])]);
  const point = add("zero.float", "cast", [zero], { to: "f32" });
  const u8 = bytes("u8", add("shifted", "add", [ratio, point]));
  const wide = add("wide", "cast", [u8], { to: "i32" });
  const centred = add("centred", "sub", [wide, add("zero.wide", "cast", [zero], { to: "i32" })]);
  return { centred, scale, before, constants: steps === there ? [] : [steps] };
}

/** What the value was quantised to before, told by what computes it. */
function quantized(
  x: Operand,
  context: RewriteContext,
): Pick<DynamicRange, "centred" | "scale"> | undefined {
  const centred: Operand = `%${x.slice(1)}.centred`;
  const way = ["sub", "cast", "cast", "clip", "add", "round", "div"] as const;
  const [from, scale] = lookThrough(centred, way, context)?.inputs ?? [];
  return from === x && scale !== undefined ? { centred, scale } : undefined;
}
