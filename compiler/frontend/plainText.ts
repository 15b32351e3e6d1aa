/** Plain data as a flag of the command line says it: `classes,top:5,softmax`. */
import { fail } from "../base/error.js";
import { parseJson } from "../base/json.js";

/**
 * A kind and its options, `kind,option:value,option`, or JSON. An option alone is true; values are numbers,
 * true, false, numbers with slashes between as lists (`mean:0.485/0.456/0.406`), or else texts. `what` is said in
 * problems. Throws CompileError `usage`; which kinds and options there are is checked where the data is used.
 */
export function parsePlainText(what: string, text: string): Readonly<Record<string, unknown>> {
  if (text.startsWith("{")) return jsonOf(what, text);
  const [kind, ...options] = text.split(",");
  if (kind === undefined || kind === "" || kind.includes(":"))
    fail("usage", `the ${what} '${text}' has no kind`, { hint: "expected kind,option:value,…" });
  const found = new Map<string, unknown>([["kind", kind]]);
  for (const option of options) {
    const [, name, value] = /^([A-Za-z][A-Za-z0-9]*)(?::([^]*))?$/.exec(option) ?? [];
    if (name === undefined)
      fail("usage", `the ${what} '${text}' has '${option}'`, { hint: "expected option:value" });
    if (found.has(name)) fail("usage", `the ${what} '${text}' says ${name} twice`);
    found.set(name, value === undefined ? true : valueOf(value));
  }
  return Object.fromEntries(found);
}

function jsonOf(what: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parseJson(new TextEncoder().encode(text)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    return fail("usage", `the ${what} '${text}': ${(error as Error).message}`);
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const parts = text.split("/");
  if (!parts.every((part) => NUMBER.test(part))) return text;
  return parts.length === 1 ? Number(text) : parts.map(Number);
}
