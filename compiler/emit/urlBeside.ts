/** The address of a file beside a module, as its code says it. */

/** `net.wasm` => `new URL("./net.wasm", import.meta.url)`: what bundlers look for, and look for as it is. */
export function urlBeside(file: string): string {
  return `new URL("./${file}", import.meta.url)`;
}
