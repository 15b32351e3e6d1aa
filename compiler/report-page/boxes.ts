/** The kernels of a program as boxes round the nodes that they cover, with the copies that nothing has to do. */
import type { Elided, Program, ProgramKernel } from "../program/program.js";
import type { BoxData } from "./data.js";

/** In order of execution. */
export function boxesOf(program: Program): BoxData[] {
  const boxes: BoxData[] = [];
  let next = 0;
  const elided = (until: number): void => {
    for (let one = program.elided[next]; one !== undefined && one.at <= until;) {
      boxes.push(elidedBox(one, program));
      one = program.elided[++next];
    }
  };
  program.kernels.forEach((kernel, at) => {
    elided(at);
    boxes.push(boxOf(kernel, kernel.role, program));
  });
  elided(program.kernels.length);
  return boxes;
}

function elidedBox({ kernel }: Elided, program: Program): BoxData {
  return boxOf(kernel, "elided", program);
}

function boxOf(
  { name, covers, algorithm, atLoad, operands, output }: ProgramKernel,
  role: BoxData["role"],
  { values }: Program,
): BoxData {
  return {
    name,
    role,
    covers,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(atLoad === undefined ? {} : { atLoad }),
    reads: [...new Set(Object.values(operands))].filter(
      (value) => values[value]!.constant === undefined,
    ),
    writes: output,
    value: values[output]!.name,
  };
}
