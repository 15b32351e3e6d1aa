/**
 * fold-constants: computes what is made of constants alone. While shapes are inferred all of it is, but for floats that
 * a file has as integers with a scale: those are nodes until passes had a look at the integers.
 *
 *   %c = cast(@q) {to="f32"}
 *   %w = mul(%c, @s)            =>     %y = conv(%x, @w)
 *   %y = conv(%x, %w)
 */
import type { Constant } from "../graph/definition.js";
import type { Rule } from "../graph/rewrite/rule.js";
import { opNamed } from "../graph/typing.js";
import { foldNode } from "../infer/fold.js";
import type { Pass } from "./pass.js";

const foldConstant: Rule = {
  name: "fold-constant",
  match({ name, op, inputs, attributes, type }, context) {
    const operands: (Constant | undefined)[] = [];
    for (const input of inputs) {
      const constant = context.constant(input);
      if (input !== undefined && constant === undefined) return undefined;
      operands.push(constant);
    }
    if (operands.length === 0) return undefined;
    const read = (constant: Constant) => context.value(`@${constant.name}`);
    const made = context.fresh(`${name}.value`);
    const own = opNamed(op);
    const constant = foldNode(made, own, operands, attributes, type, read, context.budget);
    return constant && { use: `@${made}`, constants: [constant] };
  },
};

export const foldConstants: Pass = { name: "fold-constants", stages: [[foldConstant]] };
