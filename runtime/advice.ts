/** Says what to do where an engine or its host refuses something: their own words name neither the model nor a way out. */
import { short } from "./text.js";

/** An Error in our words that ends in those of another, which is its `cause`. */
export function explained(message: string, cause: unknown): Error {
  return Object.assign(new Error(`${message} (${short(saidBy(cause), 400)})`), { cause });
}

/** What was thrown in whatever realm, with the reason that Node's fetch keeps to itself. */
function saidBy(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } };
  return [message ?? error, cause?.message].filter((part) => part !== undefined).join(": ");
}

const REFUSALS = [
  [
    /unsafe-eval|\bCSP\b|Content.Security/i,
    "the Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src, or build with --target ts",
  ],
  [
    /by embedder/,
    "this engine compiles nothing at run time: import the .wasm as a module and pass it, load({ wasm }) or create(weights, wasm)",
  ],
] as const;

/** What compiling was refused for, where it is a policy and not the code. */
export function explainedRefusal(error: unknown): unknown {
  const found = REFUSALS.find(([pattern]) => pattern.test(saidBy(error)));
  return found === undefined ? error : explained(`wasm: ${found[1]}`, error);
}

/** What to do where a file of a module cannot be had. */
export function otherWays(what: string): string {
  const host = globalThis as { process?: { versions?: { node?: string } }; document?: unknown };
  const simulated = host.process?.versions?.node !== undefined && host.document !== undefined;
  const ways = `give it, load({ ${what} }), or build with --${what} inline`;
  return simulated ? `${ways}; in tests with a simulated page, // @vitest-environment node` : ways;
}

/** The address of a file beside a module. Throws an Error that says what to do where modules have none. */
export function beside<Address>(what: string, address: () => Address): Address {
  try {
    return address();
  } catch (error) {
    throw explained(`${what}: modules have no address here; ${otherWays(what)}`, error);
  }
}

/** What takes so many bytes of memory. Throws an Error that says so where there are none left. */
export function reserve<Kind>(bytes: number, make: () => Kind): Kind {
  try {
    return make();
  } catch (error) {
    const mega = Math.ceil(bytes / 2 ** 20);
    throw explained(
      `memory: the engine has no ${mega} MB for the model; let go of models that are done, or build it for smaller inputs`,
      error,
    );
  }
}
