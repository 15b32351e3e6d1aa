/** Powers that are products. */
import type { Rule } from "../../graph/rewrite/rule.js";
import { sameType } from "../../base/tensor.js";
import { squareOf } from "./match.js";

/** pow(x, @2) => mul(x, x) */
const square: Rule = {
  name: "square",
  match(node, context) {
    if (node.op !== "pow") return undefined;
    const x = squareOf(`%${node.name}`, context)?.value;
    if (x === undefined || !sameType(context.type(x), node.type)) return undefined;
    return { node: { op: "mul", inputs: [x, x] } };
  },
};

export const powerRules: readonly Rule[] = [square];
