/** What kernels compute, apart from where values live and in what order: the text of each once kernels are fused. */
import { fail, printable } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { printKernel } from "../compute/text/print.js";
import type { Program } from "../program/program.js";

/** Tables of more elements are named and not written out. */
const ELIDE = 64;

/** Every kernel, or those of the names and layers given. Throws CompileError `usage` where there is none. */
export function printComputes({ kernels }: Program, names: readonly string[]): string {
  const known = new Set(kernels.flatMap(({ name, covers }) => [name, ...covers]));
  for (const name of names) {
    if (known.has(name)) continue;
    const message = `--kernel ${name}: no kernel and no layer has this name`;
    fail("usage", message, suggestion(name, known));
  }
  return kernels
    .filter(
      ({ name, covers }) =>
        names.length === 0 || [name, ...covers].some((one) => names.includes(one)),
    )
    .map(({ name, covers, kernel }) => {
      const what = covers.length === 0 ? name : `${name} (${covers.join(", ")})`;
      return `// ${printable(what)}\n${printKernel(kernel, { elide: ELIDE })}`;
    })
    .join("\n");
}
