/** Keeps identifiers of JavaScript apart from reserved words and from what its code refers to. */

/** Cannot be declared, or would hide something that printed code needs. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval " +
    "export extends false finally for function if implements import in instanceof interface let new " +
    "null package private protected public return static super switch this throw true try typeof " +
    "undefined var void while with yield async of NaN Infinity Math Number"
  ).split(" "),
);

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/**
 * A function from the names of a KernelFunction to identifiers: they stay as they are unless reserved or
 * in `taken`, then they get underscores. Throws a plain Error on what is no identifier.
 */
export function createLocals(
  names: Iterable<string>,
  taken: ReadonlySet<string>,
): (name: string) => string {
  const all = new Set(names);
  const locals = new Map<string, string>();
  for (const name of all) {
    if (!IDENTIFIER.test(name)) throw new Error(`${JSON.stringify(name)} is no identifier`);
    let local = name;
    while (RESERVED.has(local) || taken.has(local) || (local !== name && all.has(local))) {
      local += "_";
    }
    if (local !== name) all.add(local);
    locals.set(name, local);
  }
  return (name) => {
    const local = locals.get(name);
    if (local === undefined) throw new Error(`${name} is not declared`);
    return local;
  };
}
