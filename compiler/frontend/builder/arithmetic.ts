/** Functions of values that compute with elements: arithmetic with broadcasting, comparisons, products. */
import type { DType } from "../../base/tensor.js";
import { layer, join, type Clash, type Layer, type Same } from "./layer.js";
import { checkOptions } from "./options.js";
import { parameter, record, type Value } from "./value.js";

type Binary = <C extends number>(a: Value<C>, b: Value) => Value<C>;

function binary(op: string): Binary {
  return (a, b) => record(a, op, [a, b], {});
}

/** a + b, with as many channels in both where TypeScript knows them. */
export function add<A extends number, B extends number>(
  a: Value<A>,
  b: Value<B> & (Clash<A, B> extends true ? Value<NoInfer<A>> : unknown),
): Value<[A] extends [never] ? B : A> {
  return record(a, "add", [a, b], {});
}

export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const pow = binary("pow");
/** The rest of a / b with the sign of b, as in Python. */
export const remainder = binary("mod");
/** The rest of a / b with the sign of a, as in C. */
export function fmod<C extends number>(a: Value<C>, b: Value): Value<C> {
  return record(a, "mod", [a, b], { fmod: true });
}
export const minimum = binary("min");
export const maximum = binary("max");
export const equal = binary("equal");
export const less = binary("less");
export const greater = binary("greater");
export const lessOrEqual = binary("lessOrEqual");
export const greaterOrEqual = binary("greaterOrEqual");
export const logicalAnd = binary("and");
export const logicalOr = binary("or");
export const logicalXor = binary("xor");

export function logicalNot<C extends number>(x: Value<C>): Value<C> {
  return record(x, "not", [x], {});
}

/** condition ? x : y, element by element. */
export function where<C extends number>(condition: Value, x: Value<C>, y: Value<C>): Value<C> {
  return record(x, "where", [condition, x, y], {});
}

export function cast(x: Value, to: DType): Value<never> {
  return record(x, "cast", [x], { to });
}

export function clamp<C extends number>(
  x: Value<C>,
  limits: { readonly min?: number; readonly max?: number },
): Value<C> {
  return record(x, "clip", [x], { min: limits.min, max: limits.max });
}

/** x > 0 ? x : slope · x with a learned slope a channel. */
export function prelu<const C extends number = number>(
  options: { readonly numParameters?: C } = {},
): Layer<C, Same> {
  return layer((path) => (x) => {
    checkOptions(options, { numParameters: "optional" });
    const dims = [options.numParameters ?? 1];
    const slope = parameter(x, join(path, "weight"), dims, { center: 0.25, spread: 0.1 });
    return record(x, "prelu", [x, slope], {}, path);
  });
}

export function matmul(a: Value, b: Value): Value<never> {
  return record(a, "matmul", [a, b], {});
}

/** torch.einsum: einsum("bij,bjk->bik", a, b). */
export function einsum(equation: string, ...values: readonly [Value, ...Value[]]): Value<never> {
  return record(values[0], "einsum", values, { equation });
}
