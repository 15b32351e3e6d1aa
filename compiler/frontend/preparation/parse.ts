/** A preparation as a command line writes it: `image,size=480x640,fit=crop,mean=0.485:0.456:0.406`, or as JSON. */
import { fail } from "../../base/error.js";
import { parseJson } from "../../base/json.js";
import type { Preparation } from "./kinds.js";

/** More than any preparation has options. */
const MOST = 64;

/**
 * Plain data, of which `prepareModel` says whether it is right: a kind, then options. `HxW` is two numbers, `a:b:c`
 * several, `size.upTo=HxW` an option of an option. Throws CompileError `usage` on what is written in no such way.
 */
export function parsePreparation(text: string): Preparation {
  if (text.startsWith("{")) return ofJson(text);
  const [kind, ...options] = text.split(",");
  if (kind === "" || kind!.includes("=") || options.length > MOST) {
    fail("usage", `preparation ${JSON.stringify(text)} does not begin with its kind`, {
      hint: FORM,
    });
  }
  const found = new Map<string, unknown>([["kind", kind]]);
  for (const option of options) addOption(found, option);
  return Object.fromEntries(found) as unknown as Preparation;
}

const FORM = "write it as image,size=480x640,fit=crop, or as JSON";

function ofJson(text: string): Preparation {
  try {
    return parseJson(new TextEncoder().encode(text)) as Preparation;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it is no JSON";
    return fail("usage", `preparation ${JSON.stringify(text)}: ${reason}`);
  }
}

function addOption(found: Map<string, unknown>, option: string): void {
  const [, path, value] = /^([A-Za-z]+(?:\.[A-Za-z]+)?)=(.+)$/.exec(option) ?? [];
  if (path === undefined) {
    fail("usage", `${JSON.stringify(option)} is no option of a preparation`, { hint: FORM });
  }
  const [name, inner] = path.split(".") as [string, string | undefined];
  if (found.has(name)) fail("usage", `option ${name} of the preparation is given twice`);
  const parsed = valueOf(value!);
  found.set(name, inner === undefined ? parsed : Object.fromEntries([[inner, parsed]]));
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const parts = text.split(/^\d+x\d+$/.test(text) ? "x" : ":");
  const numbers = parts.map((part) => (NUMBER.test(part) ? Number(part) : undefined));
  if (numbers.includes(undefined)) return text;
  return numbers.length === 1 ? numbers[0] : numbers;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
