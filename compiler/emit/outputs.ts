/** The body of `run`: inputs into the arena, the kernels, outputs out of it. */

/** The name of an array of the arena, and the field of the runtime's memory that it is. */
export type ArenaArray = "f32" | "i32";

/** The arrays of the arena that are used. */
export function arenaArrays(used: ReadonlySet<string>): string[] {
  const arrays: readonly ArenaArray[] = ["f32", "i32"];
  return arrays
    .filter((array) => used.has(array))
    .map((array) => `const ${array} = arena.${array};`);
}

/** The model, around the statements that compute. */
export function returnModel(calls: readonly string[]): string[] {
  return [
    "const readOutputs = createOutputs<Outputs>(OUTPUTS, arena);",
    [
      "return {",
      "run(inputs: Inputs, options?: RunOptions): Outputs {",
      "writeInputs(inputs, INPUTS, arena);",
      ...calls,
      "return readOutputs(options);",
      "},",
      "};",
    ].join("\n"),
  ];
}
