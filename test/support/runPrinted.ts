/** Compiles a Definition to the very kernels and calls a module would have, and runs them without writing one. */
import { ts } from "ts-morph";
import { planModel, type PlanOptions } from "../../compiler/compile.js";
import { planModule } from "../../compiler/emit/plan.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { lowerProgram } from "../../compiler/program/lowerProgram.js";
import { bufferOf } from "../../compiler/program/memory.js";
import { packConstants } from "../../compiler/program/pack.js";
import type { Program, ProgramValue } from "../../compiler/program/program.js";
import { elementCount, newData, type Tensor } from "../../compiler/tensor.js";
import type { RunModel } from "../../compiler/verify/verifyCase.js";
import * as helpers from "../../runtime/numbers.js";

interface Views {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly weights: Float32Array;
  readonly tables: Int32Array;
}

/** Printed, transpiled and imported; the arena is full of NaN before every run. */
export async function buildPrinted(
  definition: Definition,
  options: PlanOptions,
): Promise<RunModel> {
  const { program } = planModel(definition, options);
  const constants = packConstants(program, options.readFile);
  const plan = planModule({
    program,
    lowered: lowerProgram(program),
    constants,
    modelHash: "",
    name: "model",
    weights: "inline",
    standalone: true,
    js: false,
    disabled: [],
  });
  const names = Object.keys(helpers).join(", ");
  const text = `export default ({ ${names} }: any, { f32, i32, weights, tables }: any) => {
${plan.kernels.join("\n")}
return () => {
${plan.calls.join("\n")}
};
};`;
  const run = await importText(text);
  const arena = new ArrayBuffer(program.arenaBytes ?? 0);
  const views: Views = {
    f32: new Float32Array(arena),
    i32: new Int32Array(arena),
    weights: new Float32Array(constants.buffer as ArrayBuffer),
    tables: new Int32Array(constants.buffer as ArrayBuffer),
  };
  const step = run(helpers, views);
  return (inputs) => {
    views.f32.fill(NaN);
    for (const input of program.inputs) writeInput(program, input, inputs.get(input.name)!, views);
    step();
    return Promise.resolve(
      new Map(program.outputs.map((output) => [output.name, readOutput(program, output, views)])),
    );
  };
}

async function importText(
  text: string,
): Promise<(runtime: typeof helpers, views: Views) => () => void> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
  return (
    (await import(/* @vite-ignore */ url)) as { default: Awaited<ReturnType<typeof importText>> }
  ).default;
}

/** Where the elements of a value are, row-major; a value may have strides. */
function* addressesOf(program: Program, { type, place }: ProgramValue): Generator<number> {
  const start = bufferOf(program, place!).offset / 4 + place!.offset;
  const count = elementCount(type.dims);
  for (let i = 0; i < count; i++) {
    let [rest, address] = [i, start];
    for (let d = type.dims.length - 1; d >= 0; d--) {
      address += (rest % type.dims[d]!) * place!.strides[d]!;
      rest = Math.floor(rest / type.dims[d]!);
    }
    yield address;
  }
}

function viewOf(program: Program, { place }: ProgramValue, { f32, i32 }: Views) {
  return bufferOf(program, place!).dtype === "f32" ? f32 : i32;
}

function writeInput(program: Program, input: ProgramValue, value: Tensor, views: Views): void {
  const view = viewOf(program, input, views);
  const count = elementCount(input.type.dims);
  if (value.data.length !== count) throw new Error(`${value.data.length} values for ${count}`);
  let i = 0;
  for (const address of addressesOf(program, input)) view[address] = Number(value.data[i++]);
}

function readOutput(program: Program, output: ProgramValue, views: Views): Tensor {
  const view = viewOf(program, output, views);
  const data = newData(output.type.dtype, elementCount(output.type.dims));
  let i = 0;
  for (const address of addressesOf(program, output)) {
    const value = view[address]!;
    if (data instanceof BigInt64Array) data[i++] = BigInt(value);
    else data[i++] = value;
  }
  return { type: output.type, data };
}
