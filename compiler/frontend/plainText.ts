/** Plain data as a command line writes it: `image,size=480x640,fit=crop,mean=0.485:0.456:0.406`, `classes,softmax`, or JSON. */
import { fail } from "../base/error.js";
import { parseJson } from "../base/json.js";

/** More than any kind has options. */
const MOST = 64;

/**
 * A kind, then options: `HxW` is two numbers, `a:b:c` several, `size.upTo=HxW` an option of an option, an option
 * without a value is true. `what` is said in problems, `form` is an example. Throws CompileError `usage` on what is
 * written in no such way; which kinds and options there are is checked where the data is used.
 */
export function parsePlainText(
  what: string,
  form: string,
  text: string,
): Readonly<Record<string, unknown>> {
  if (text.startsWith("{")) return ofJson(what, text);
  const hint = `write it as ${form}, or as JSON`;
  const [kind, ...options] = text.split(",");
  if (kind === "" || kind!.includes("=") || options.length > MOST)
    fail("usage", `${what} ${JSON.stringify(text)} does not begin with its kind`, { hint });
  const found = new Map<string, unknown>([["kind", kind]]);
  for (const option of options) {
    const [, name, inner, value] = OPTION.exec(option) ?? [];
    if (name === undefined)
      fail("usage", `${JSON.stringify(option)} is no option of the ${what}`, { hint });
    if (found.has(name)) fail("usage", `option ${name} of the ${what} is given twice`);
    const parsed = value === undefined ? true : valueOf(value);
    found.set(name, inner === undefined ? parsed : Object.fromEntries([[inner, parsed]]));
  }
  return Object.fromEntries(found);
}

/** name, name=value, name.inner=value */
const OPTION = /^([A-Za-z]+)(?:\.([A-Za-z]+)(?==))?(?:=(.+))?$/;

function ofJson(what: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parseJson(new TextEncoder().encode(text)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it is no JSON";
    return fail("usage", `${what} ${JSON.stringify(text)}: ${reason}`);
  }
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const parts = text.split(/^\d+x\d+$/.test(text) ? "x" : ":");
  const numbers = parts.map((part) => (NUMBER.test(part) ? Number(part) : undefined));
  if (numbers.includes(undefined)) return text;
  return numbers.length === 1 ? numbers[0] : numbers;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
