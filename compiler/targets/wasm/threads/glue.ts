/** What a module of several threads has beside others: where its threads meet, workers, and a model that need not be waited for. */
import type { ModuleParts } from "../../../emit/parts.js";
import type { RunText } from "../../../emit/outputs.js";
import type { FunctionStatement, Property, Signature } from "../../../emit/statements.js";
import { urlBeside } from "../../../emit/urlBeside.js";
import type { Glue } from "../files.js";
import { workerFileName } from "./worker.js";

/** What such a module adds; undefined for one thread. */
export function threadParts(
  glue: Glue,
):
  | Pick<
      ModuleParts,
      "properties" | "methods" | "memory" | "imports" | "importedTypes" | "functions" | "constants"
    >
  | undefined {
  const { threads, pages } = glue.build.memory;
  if (threads === undefined) return undefined;
  const { control, scratchPages } = threads;
  return {
    properties: PROPERTIES,
    methods: METHODS,
    memory: { perThread: 65536 * scratchPages },
    imports: ["createPool"],
    importedTypes: "ThreadOptions ThreadPool ThreadsPart WorkerClass WorkerLike".split(" "),
    functions: [workerFunction(glue)],
    constants: [
      {
        kind: "constant",
        doc: "Memory of one thread, what each further one takes, and where they meet, in bytes.",
        name: "THREADS",
        type: "ThreadsPart",
        value: `{ pages: ${pages}, morePages: ${scratchPages}, control: ${control} }`,
      },
    ],
  };
}

const PROPERTIES: readonly Property[] = [
  {
    name: "threads",
    type: "number",
    doc: "How many threads compute a run now: one where workers cannot start, or have not yet.",
  },
];

const METHODS: readonly Signature[] = [
  {
    name: "runAsync",
    parameters: [{ name: "inputs", type: "Inputs" }],
    returns: "Promise<Outputs>",
    doc: `Computes the outputs while the caller goes on: by a worker in its place, where workers can start. What inputs hold
now is computed; the arrays of outputs are new ones. Calls wait for each other; \`run\` throws until all are through.
Rejects with what \`run\` throws, and where a worker dies.`,
  },
  {
    name: "dispose",
    parameters: [],
    returns: "void",
    doc: "Ends the workers. The model cannot be run any more.",
  },
];

/** `run` and the rest, of a model around a pool of threads. */
export const THREADED_RUN: RunText = {
  check: "pool.check();",
  calls: ["pool.run();"],
  members: [
    `runAsync(inputs: Inputs): Promise<Outputs> {
return pool.runAsync(inputs, (given) => writeInputs(given, ports, arena), () => readOutputs({ copy: true }));
},`,
    "get threads() {\nreturn pool.threads;\n},",
    "dispose() {\npool.dispose();\n},",
  ],
};

/** Bundlers look for the worker's address as it is here. */
function workerFunction(glue: Glue): FunctionStatement {
  const path = workerFileName(glue);
  return {
    kind: "function",
    name: "newWorker",
    parameters: [{ name: "Worker", type: "WorkerClass" }],
    returns: "WorkerLike",
    doc: `A worker that runs ${path}, in browsers and in Node.`,
    body: [`return new Worker(${urlBeside(path, glue.format)}, { type: "module" });`],
  };
}
