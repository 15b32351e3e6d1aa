/** Names as models have them, and names that a compiler might make out of others. */
import type { Random } from "../support/random.js";

export interface Names {
  /** Of an input or a node. */
  value(): string;
  constant(): string;
  output(): string;
}

/** What a compiler might add to a name, or put before it, for something of its own. */
const AFTER = [
  ".relayout",
  ".output0",
  ".output1",
  ".k.rank",
  ".max",
  ".e",
  ".sum",
  ".mean",
  ".inverse",
  ".counts_oh",
  ".counts_ow",
  "#16",
  ".1",
  "_2",
];
const BEFORE = ["%", "@", "#", "%%", "#%"];

/** Names that something has already: kernels, buffers, parts of a kernel, of a module, of an object. */
const TAKEN = [
  ..."out w bias a b acc conv conv_add copy fill max rank e sum mean counts_oh #p.counts_oh".split(
    " ",
  ),
  ..."x.k.rank %x.relayout arena run create load inputs outputs constants f32 i32 weights".split(
    " ",
  ),
  ..."__proto__ constructor toString hasOwnProperty length then arguments".split(" "),
  ...["", "a b", "*/", "`${x}`", '"', "\\", "é", "\u2028", "0", "-1"].map((name) => `${name} `),
];

/** A share of graphs has hostile names throughout. */
const HOSTILE = 0.25;

/** Fresh names for one graph. */
export function createNames(random: Random): Names {
  const hostile = random.chance(HOSTILE);
  const [values, constants, outputs] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const fresh = (own: Set<string>, letter: string): string => {
    let name = hostile ? hostileName(random, [...values, ...constants]) : `${letter}${own.size}`;
    while (own.has(name)) name = `${name}${random.pick(AFTER)}`;
    own.add(name);
    return name;
  };
  return {
    value: () => fresh(values, "v"),
    constant: () => fresh(constants, "c"),
    output: () => fresh(outputs, "y"),
  };
}

function hostileName(random: Random, others: readonly string[]): string {
  if (others.length === 0 || random.chance(0.25)) return random.pick(TAKEN);
  const base = random.pick(others);
  if (random.chance(0.15)) return base;
  return random.chance(0.7) ? `${base}${random.pick(AFTER)}` : `${random.pick(BEFORE)}${base}`;
}
