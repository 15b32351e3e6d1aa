/** Runs graphs through fusion, layout, memory plan and lowering on the Stmt interpreter, on a dirty arena. */
import type { Graph } from "../../compiler/graph/graph.js";
import { interpretStmt } from "../../compiler/kernel/interpretStmt.js";
import { fuseKernels } from "../../compiler/program/kernelize.js";
import { assignLayouts } from "../../compiler/program/layout/index.js";
import { lowerProgram } from "../../compiler/program/lowerProgram.js";
import { bufferOf, planMemory } from "../../compiler/program/memory.js";
import { packConstants } from "../../compiler/program/pack.js";
import type { Program } from "../../compiler/program/program.js";
import { scheduleForTypeScript } from "../../compiler/targets/ts/schedule.js";
import type { LayoutChoices } from "../../compiler/targets/target.js";
import { elementCount, newData, type Tensor } from "../../compiler/tensor.js";

/** The TypeScript target's choices without its printer. */
export const scalarTarget: LayoutChoices = {
  activations: "channels-last",
  schedule: scheduleForTypeScript,
};

export function planGraph(graph: Graph, target: LayoutChoices = scalarTarget): Program {
  return planMemory(assignLayouts(fuseKernels(graph), target));
}

/** Outputs by name of a planned Program for inputs by name. */
export function runProgram(
  program: Program,
  inputs: ReadonlyMap<string, Tensor>,
  rounding = false,
): Map<string, Tensor> {
  const arena = new ArrayBuffer(program.arenaBytes ?? 0);
  const constants = packConstants(program).buffer as ArrayBuffer;
  const memory = {
    arena: { f32: new Float32Array(arena), i32: new Int32Array(arena) },
    constants: { f32: new Float32Array(constants), i32: new Int32Array(constants) },
  };
  memory.arena.f32.fill(NaN);
  for (const { name, type, place } of program.inputs) {
    const buffer = bufferOf(program, place!);
    const view = buffer.dtype === "f32" ? memory.arena.f32 : memory.arena.i32;
    const { data } = inputs.get(name)!;
    for (let i = 0; i < elementCount(type.dims); i++) view[buffer.offset / 4 + i] = Number(data[i]);
  }
  const { functions, calls } = lowerProgram(program);
  const byName = new Map(functions.map(({ name, code }) => [name, code]));
  for (const call of calls)
    interpretStmt(byName.get(call.function)!, memory, call.arguments, rounding);
  const outputs = new Map<string, Tensor>();
  for (const { name, type, place } of program.outputs) {
    const buffer = bufferOf(program, place!);
    const view = buffer.dtype === "f32" ? memory.arena.f32 : memory.arena.i32;
    const data = newData(type.dtype, elementCount(type.dims));
    for (let i = 0; i < data.length; i++) {
      const value = view[buffer.offset / 4 + place!.offset + i]!;
      if (data instanceof BigInt64Array) data[i] = BigInt(value);
      else data[i] = value;
    }
    outputs.set(name, { type, data });
  }
  return outputs;
}
