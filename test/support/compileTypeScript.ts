/** Type-checks printed TypeScript as strictly as any user could, and runs it. */
import ts from "typescript";
import * as helpers from "../../runtime/numbers.js";
import { typeErrorsOf } from "./typeCheck.js";

const HELPERS = `declare function round(x: number): number;
declare function bits(x: number): number;
declare function float(x: number): number;
declare function half(x: number): number;
declare function saturate(x: number): number;
declare function sdot(a: number, b: number): number;
declare function usdot(a: number, b: number): number;
declare function dot16(a: number, b: number): number;
`;

/** Messages of the compiler for functions that may call the runtime's numeric helpers. */
export function typeErrors(source: string): string[] {
  const files = new Map([
    ["/helpers.d.ts", HELPERS],
    ["/printed.ts", source],
  ]);
  return typeErrorsOf(files, {
    module: ts.ModuleKind.ES2022,
    strict: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    lib: ["lib.es2022.d.ts"],
  });
}

type Kernel<Memory> = (...args: readonly (Memory | number)[]) => void;

/** The functions that a source declares, by name, with the runtime's helpers in scope. */
export async function importFunctions<Memory = Float32Array | Int32Array>(
  source: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Kernel<Memory>>> {
  const text = `export default ({ round, bits, float, half, saturate, sdot, usdot, dot16 }) => {\n${source}\nreturn [${names.join(", ")}];\n};`;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
  const module = (await import(/* @vite-ignore */ url)) as {
    default: (runtime: typeof helpers) => readonly Kernel<Memory>[];
  };
  const kernels = module.default(helpers);
  return new Map(names.map((name, i) => [name, kernels[i]!]));
}
