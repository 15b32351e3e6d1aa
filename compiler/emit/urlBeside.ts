/** The address of a file beside a module, as its code says it. */

/**
 * `net.wasm` => `new URL("./net.wasm", import.meta.url)`: what bundlers look for, and look for as it is. CommonJS
 * asks Node's `pathToFileURL` where it is.
 */
export function urlBeside(file: string, format: "esm" | "cjs" = "esm"): string {
  const here = format === "cjs" ? "pathToFileURL(__filename)" : "import.meta.url";
  return `new URL("./${file}", ${here})`;
}
