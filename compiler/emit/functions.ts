/** The two functions of an emitted module: load, which fetches weights, and create, which runs. */
import { StructureKind, type FunctionDeclarationStructure } from "ts-morph";
import type { View } from "../targets/ts/print.js";
import { elementCount } from "../tensor.js";
import { objectKey, weightsFileName } from "./names.js";
import { ARRAYS, startOf, type ModulePlan } from "./plan.js";

/** `load()`: asynchronous, with the weights that belong to the module unless others are given. */
export function loadFunction(plan: ModulePlan): FunctionDeclarationStructure {
  const { type, constants, weights, name } = plan;
  const base = { kind: StructureKind.Function, isExported: true, isAsync: true } as const;
  const returnType = `Promise<${type}>`;
  if (constants.length === 0) {
    const docs = ["Ready at once: the model has no weights."];
    return { ...base, name: "load", returnType, docs, statements: ["return create();"] };
  }
  const statements =
    weights === "inline"
      ? [
          "if (options.weights === undefined) return create();",
          "return create(await loadWeights(options.weights, WEIGHTS_BYTES, options));",
        ]
      : [
          `const source = options.weights ?? new URL("./${weightsFileName(name)}", import.meta.url);`,
          "return create(await loadWeights(source, WEIGHTS_BYTES, options));",
        ];
  const place =
    weights === "inline" ? "from this module" : `from ${weightsFileName(name)} beside this module`;
  return {
    ...base,
    name: "load",
    parameters: [{ name: "options", type: "LoadOptions", initializer: "{}" }],
    returnType,
    docs: [
      `Loads the weights ${place}, or from \`options.weights\`.\nThrows an Error where they cannot be read or are not the weights of this build.`,
    ],
    statements,
  };
}

/** `create()`: synchronous, with inline or given weights. */
export function createFunction(plan: ModulePlan): FunctionDeclarationStructure {
  const { constants, weights, type } = plan;
  return {
    kind: StructureKind.Function,
    isExported: true,
    name: "create",
    parameters:
      constants.length === 0
        ? []
        : [
            {
              name: "bytes",
              type: "ArrayBuffer | Uint8Array",
              ...(weights === "inline" ? { initializer: "decodeBase64(WEIGHTS)" } : {}),
            },
          ],
    returnType: type,
    docs: [
      constants.length === 0
        ? "The model with an arena of its own."
        : "The model with an arena of its own and weights that are at hand.",
    ],
    statements: createBody(plan),
  };
}

function createBody(plan: ModulePlan): string[] {
  const outputs = plan.program.outputs.map((output, i) => outputOf(output, i, plan));
  const used = new Set([...plan.views, ...outputs.map(({ view }) => view)]);
  return [
    `const arena = allocate(${plan.program.arenaBytes ?? 0});`,
    ...viewsOf("arena", ["f32", "i32"], used),
    ...(plan.constants.length === 0
      ? []
      : ["const constants = constantMemory(bytes, WEIGHTS_BYTES);"]),
    ...viewsOf("constants", ["weights", "tables"], used),
    ...outputs.flatMap(({ declaration }) => declaration),
    `const outputs: Outputs = {\n${outputs.map(({ entry }) => `${entry},`).join("\n")}\n};`,
    [
      "return {",
      "run(inputs: Inputs): Outputs {",
      "writeInputs(inputs, INPUTS, arena);",
      ...plan.calls,
      ...outputs.flatMap(({ after }) => after),
      "return outputs;",
      "},",
      "};",
    ].join("\n"),
  ];
}

function viewsOf(memory: string, views: readonly View[], used: ReadonlySet<View>): string[] {
  return views
    .filter((view) => used.has(view))
    .map((view) => {
      const field = view === "f32" || view === "weights" ? "f32" : "i32";
      return `const ${view} = ${memory}.${field};`;
    });
}

interface OutputCode {
  readonly view: View;
  readonly declaration: readonly string[];
  readonly entry: string;
  /** What moves narrow results out of the arena after the kernels ran. */
  readonly after: readonly string[];
}

function outputOf(
  output: ModulePlan["program"]["outputs"][number],
  position: number,
  { program }: ModulePlan,
): OutputCode {
  const { dtype, dims } = output.type;
  const start = startOf(output, program);
  const view = dtype === "f32" ? "f32" : "i32";
  const window = `${view}.subarray(${start}, ${start + elementCount(dims)})`;
  const key = objectKey(output.name);
  if (dtype === "f32" || dtype === "i32")
    return { view, declaration: [], entry: `${key}: ${window}`, after: [] };
  const [from, to] = [`wide${position}`, `output${position}`];
  return {
    view,
    declaration: [
      `const ${from} = ${window};`,
      `const ${to} = new ${ARRAYS[dtype]}(${elementCount(dims)});`,
    ],
    entry: `${key}: ${to}`,
    after: [dtype === "i64" ? `widen(${from}, ${to});` : `${to}.set(${from});`],
  };
}
