/** Writes names from models into emitted code so that none of them can end a string, a comment or a path. */
import { printable } from "../base/error.js";
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

/** A file name without ending: letters, digits, _ - and single dots inside; never empty. */
export function fileStem(name: string): string {
  const safe = name
    .slice(0, LONGEST_STEM)
    .replace(/[^A-Za-z0-9_.-]/g, "_")
    .replace(/\.{2,}/g, "_")
    .replace(/^[.-]|\.$/g, "_");
  return safe === "" ? "model" : safe;
}

/** An interface name: `resnet-18` => Resnet18, `3 d` => Model3D. */
export function typeName(name: string): string {
  const words = name.slice(0, LONGEST_STEM).split(/[^A-Za-z0-9]+/);
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Model${joined}`;
}
