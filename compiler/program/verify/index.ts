/**
 * Checks that a Program is one, after every pass of every build: what is said of values can be, every value is written
 * before it is read, whoever reads one finds it whole, and schedules are legal orders.
 */
import { kernelProblems } from "../../compute/verify/index.js";
import { scheduleProblems } from "../../schedule/verify.js";
import { valueNames } from "../valueNames.js";
import type { Program } from "../program.js";
import { allocationProblems } from "./allocation.js";
import { dotProblems } from "./dots.js";
import { guardProblems } from "./guards.js";
import { layoutProblems } from "./layout.js";
import { meaningProblems } from "./meaning.js";
import { memoryProblems } from "./memory.js";
import { constantProblems, placeProblems } from "./places.js";
import { stripProblems } from "./strips.js";
import { valueProblems } from "./values.js";

/** What is verified after each pass: what it and those before it may have made wrong. */
const CHECKS: Readonly<Record<string, readonly ((program: Program) => string[])[]>> = {
  "fuse-kernels": [values, meanings],
  "split-phases": [values],
  "use-winograd": [values],
  "use-words": [values],
  "copy-boundaries": [values],
  "fuse-strips": [values],
  "use-dots": [values, dots],
  "use-digits": [values, dots],
  "use-integer-winograd": [values],
  "update-states": [values],
  "run-at-load": [values],
  "choose-orders": [layouts],
  "copy-operands": [values, layouts],
  "alias-values": [layouts],
  "add-margins": [values, layouts],
  "place-values": [values, places, memory],
  "guard-branches": [values, guards, memory],
  "choose-schedules": [values],
  "pack-constants": [places, constants, schedules],
  "reuse-operands": [places, constants, memory],
  "allocate-buffers": [places, constants, memory, allocationProblems],
};

/**
 * Throws an Error that lists everything wrong with the program that a pass has left behind. What follows from parts
 * of it that are the very ones of `before`, verified then, is not looked at again.
 */
export function verifyProgram(program: Program, pass: string, before?: Program): void {
  const problems = programProblems(program, pass, before);
  if (problems.length > 0)
    throw new Error(`${pass} made program ${program.name} wrong:\n  ${problems.join("\n  ")}`);
}

/** Everything that is wrong with a program after a pass; empty for a legal one. */
export function programProblems(program: Program, pass: string, before?: Program): string[] {
  const moved = before === undefined || hasMoved(program, before);
  const differences = pass === "fuse-strips" ? stripProblems : meaningProblems;
  const changed =
    before !== undefined && moved ? differences(program, before, valueNames(program.values)) : [];
  if (changed.length > 0) return changed;
  // What follows from one thing that is wrong is left out: each check takes for granted what those before it found.
  for (const check of CHECKS[pass] ?? []) {
    // What is said of places holds while places and buffers are the same, wherever those lie.
    if (!moved && check !== allocationProblems) continue;
    const problems = check(program);
    if (problems.length > 0) return problems;
  }
  return [];
}

/** Whether anything is not the very part of the Program before, addresses of buffers apart. */
function hasMoved(program: Program, before: Program): boolean {
  const same =
    program.kernels === before.kernels &&
    program.values === before.values &&
    program.elided === before.elided &&
    program.inputs === before.inputs &&
    program.outputs === before.outputs &&
    program.states === before.states &&
    program.constants === before.constants &&
    program.buffers.length === before.buffers.length;
  return (
    !same ||
    program.buffers.some(({ size, dtype, space }, id) => {
      const was = before.buffers[id]!;
      return size !== was.size || dtype !== was.dtype || space !== was.space;
    })
  );
}

function values(program: Program): string[] {
  return valueProblems(program, valueNames(program.values));
}

/** Of kernels that fusion has made; that of one node is its op's own. */
function meanings({ kernels }: Program): string[] {
  return kernels.flatMap(({ name, kernel, covers }) =>
    covers.length < 2 ? [] : kernelProblems(kernel).map((problem) => `${name}: ${problem}`),
  );
}

function dots(program: Program): string[] {
  return dotProblems(program, valueNames(program.values));
}

function layouts(program: Program): string[] {
  return layoutProblems(program, valueNames(program.values));
}

function guards(program: Program): string[] {
  return guardProblems(program, valueNames(program.values));
}

function places(program: Program): string[] {
  return placeProblems(program, valueNames(program.values));
}

function constants(program: Program): string[] {
  return constantProblems(program, valueNames(program.values));
}

function memory(program: Program): string[] {
  return memoryProblems(program, valueNames(program.values));
}

function schedules({ kernels }: Program): string[] {
  return kernels.flatMap(({ name, kernel, places: known, schedules: chosen }) => {
    if (chosen.length !== kernel.computes.length) return [`${name} has ${chosen.length} schedules`];
    return chosen.flatMap((schedule, i) =>
      scheduleProblems(schedule, kernel.computes[i]!, kernel, known).map(
        (problem) => `${name}: ${problem}`,
      ),
    );
  });
}
