/** Projects in which the runtime's declarations and emitted modules must type-check: with the DOM's types, Node's, or none. */

/** A module of each kind that `build` writes: flags, and what the file is called. */
export const BUILDS: readonly (readonly [name: string, ...flags: string[]])[] = [
  ["plain", "--target", "ts"],
  ["files", "--target", "ts", "--weights", "file"],
  ["code", "--target", "wasm"],
  ["codeFiles", "--target", "wasm", "--weights", "file"],
  ["alone", "--target", "ts", "--standalone"],
  ["aloneFiles", "--target", "ts", "--weights", "file", "--standalone"],
  ["aloneCode", "--target", "wasm", "--standalone"],
  ["aloneCodeFiles", "--target", "wasm", "--weights", "file", "--standalone"],
];

const STRICT = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
};

export interface TypeProject {
  readonly title: string;
  readonly options: object;
  /** Whether `URL` and `import.meta.url` have types, which modules of TypeScript with files beside them need. */
  readonly hasUrl: boolean;
}

const NODE22 = { lib: ["es2024", "ESNext.Array"], target: "es2022" };

export const TYPE_PROJECTS: readonly TypeProject[] = [
  {
    title: "@tsconfig/node22 with @types/node",
    options: { ...NODE22, module: "nodenext", types: ["node"] },
    hasUrl: true,
  },
  {
    title: "@tsconfig/node22 without @types/node",
    options: { ...NODE22, module: "nodenext", types: [] },
    hasUrl: false,
  },
  {
    title: "the DOM, with a bundler",
    options: {
      lib: ["es2022", "DOM", "DOM.Iterable"],
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      types: [],
    },
    hasUrl: true,
  },
  {
    title: "the DOM and @types/node",
    options: { lib: ["es2022", "DOM"], target: "es2022", module: "nodenext", types: ["node"] },
    hasUrl: true,
  },
];

/** A configuration and a program for each kind, which uses every build of it. */
export function typeProject({
  options,
  hasUrl,
}: TypeProject): Readonly<Record<string, string | object>> {
  const uses = (["ts", "js", "cjs"] as const).map(
    (ending) => [`${ending}Use.ts`, useOf(ending, hasUrl)] as const,
  );
  return {
    ...Object.fromEntries(uses),
    "tsconfig.json": {
      compilerOptions: { ...STRICT, ...options },
      files: uses.map(([name]) => name),
    },
  };
}

function useOf(ending: "ts" | "js" | "cjs", hasUrl: boolean): string {
  const builds = BUILDS.filter(([name]) => hasUrl || ending !== "ts" || !/files/i.test(name));
  const folder = `./${ending}`;
  const imported = ending === "cjs" ? "cjs" : "js";
  const lines = builds.map(
    (
      [name],
      i,
    ) => `import { create as create${i}, load as load${i} } from "${folder}/${name}.${imported}";
const input${i}: Float32Array = (await load${i}()).run({ x: new Float32Array(2) }).y;
export const use${i} = [create${i}, input${i}.length];`,
  );
  const runtime = `import { softmax } from "tilewright/postprocess";
import { createMemory, loadWeights, type LoadOptions } from "tilewright/runtime";
const options: LoadOptions = { onProgress: ({ loaded, total }) => void (loaded / total) };
export const bytes: Promise<Uint8Array> = loadWeights("/net.bin", 8, options);
export const shares: Float32Array = softmax(new Float32Array(2));
export const pages = createMemory(1).buffer.byteLength;`;
  const given = hasUrl
    ? `export const given = load0({ weights: new URL("https://a.example/net.bin"), signal: new AbortController().signal });
export const response = load0({ weights: fetch("https://a.example/net.bin") });`
    : "";
  return `${[runtime, ...lines, given].join("\n")}\n`;
}
