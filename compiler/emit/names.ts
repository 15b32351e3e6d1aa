/** Writes names from models into emitted code so that none of them can end a string, a comment or a path. */
import { createHash } from "node:crypto";
import { fail, printable } from "../base/error.js";
import { quoteName, quoteString } from "../base/quote.js";

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const LONGEST_SHOWN = 60;
const LONGEST_STEM = 100;

/** A key of an interface: `logits`, `"a b"`. */
export function typeKey(name: string): string {
  return IDENTIFIER.test(name) ? name : quoteString(name);
}

/** A key of an object literal; `__proto__` would set a prototype there. */
export function objectKey(name: string): string {
  return name === "__proto__" ? `["__proto__"]` : typeKey(name);
}

/** A name inside a comment: quoted where it is not plain, cut where it is long, unable to end the comment. */
export function inComment(name: string): string {
  const short = name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name;
  return printable(quoteName(short)).replace(/\*\//g, "*\\/");
}

/** File systems take 255 bytes: what builds put behind a name, and behind that while they write, needs the rest. */
const LONGEST_NAME = 180;

/** What devices are called on some systems, whatever the ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** What files beside a module end in before their own endings. */
const TAKEN = /\.(d|relaxed|weights|worker)$/i;

/** Why a name cannot be that of a module's files; undefined where it can. */
export function fileNameProblem(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > LONGEST_NAME)
    return `it has ${name.length} characters of at most ${LONGEST_NAME}`;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || /\.\.|\.$/.test(name))
    return "expected letters, digits, '_', and inside also '-' and single dots";
  if (RESERVED.test(name)) return "some systems keep it for a device";
  const taken = TAKEN.exec(name)?.[0];
  return taken === undefined ? undefined : `files beside a module end in ${taken}`;
}

/** The name as it is. Throws CompileError `usage` where files cannot be called so. */
export function checkedFileName(name: string): string {
  const problem = fileNameProblem(name);
  return problem === undefined ? name : fail("usage", `the name '${name}': ${problem}`);
}

/**
 * A file name without ending for a name that a model chose: letters, digits, _ - and single dots inside; never
 * empty. One that is long ends in a hash of all of it.
 */
export function fileStem(name: string): string {
  const long = name.length > LONGEST_STEM;
  const hash = long ? `-${createHash("sha256").update(name).digest("hex").slice(0, 16)}` : "";
  const safe = name
    .slice(0, LONGEST_STEM - hash.length)
    .replace(/[^A-Za-z0-9_.-]/g, "_")
    .replace(/\.{2,}/g, "_")
    .replace(/^[.-]|\.$/g, "_");
  const stem = `${safe}${hash}`;
  if (stem === "") return "model";
  return RESERVED.test(stem) || TAKEN.test(stem) ? `_${stem.replace(/\./g, "_")}` : stem;
}

/** An interface name: `resnet-18` => Resnet18, `3 d` => Model3D. */
export function typeName(name: string): string {
  const words = name.slice(0, LONGEST_STEM).split(/[^A-Za-z0-9]+/);
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Model${joined}`;
}
