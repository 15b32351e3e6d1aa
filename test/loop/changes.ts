/** Changes functions where tests want them wrong. */
import type { KernelFunction, Stmt, Value } from "../../compiler/loop/stmt.js";

type Loop = Extract<Stmt, { kind: "for" }>;

/** Every loop from the innermost out, as something else. */
export function mapLoops(code: KernelFunction, map: (loop: Loop) => Stmt): KernelFunction {
  const inBody = (body: readonly Stmt[]): Stmt[] =>
    body.map((stmt) => (stmt.kind === "for" ? map({ ...stmt, body: inBody(stmt.body) }) : stmt));
  return { ...code, body: inBody(code.body) };
}

/** Every value that addresses are made of, as something else; undefined leaves one as it is. */
function mapAddresses(
  code: KernelFunction,
  map: (value: Value) => Value | undefined,
): KernelFunction {
  const inValue = (value: Value): Value => {
    const changed = map(value);
    if (changed !== undefined) return changed;
    return value.kind === "binary"
      ? { ...value, left: inValue(value.left), right: inValue(value.right) }
      : value;
  };
  const inBody = (body: readonly Stmt[]): Stmt[] =>
    body.map((stmt) =>
      stmt.kind === "for"
        ? { ...stmt, body: inBody(stmt.body) }
        : stmt.kind === "let"
          ? { ...stmt, value: inValue(stmt.value) }
          : stmt,
    );
  return { ...code, body: inBody(code.body) };
}

/** Every sum with one constant, with another. */
export function mapStep(code: KernelFunction, from: number, to: number): KernelFunction {
  return mapAddresses(code, (value) =>
    value.kind === "constant" && value.dtype === "i32" && value.value === from
      ? { ...value, value: to }
      : undefined,
  );
}

/** Every address in the memory of a parameter, in that of another. */
export function mapMemory(code: KernelFunction, from: string, to: string): KernelFunction {
  return mapAddresses(code, (value) =>
    value.kind === "register" && value.name === from ? { ...value, name: to } : undefined,
  );
}
