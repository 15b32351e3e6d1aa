/** The kinds of interpretation there are, and the one way from plain data to what interprets an output. */
import { parsePlain } from "../plainData.js";
import { parsePlainText } from "../plainText.js";
import { boxesInterpreter, type BoxesInterpretation } from "./boxes.js";
import { classesInterpreter, type ClassesInterpretation } from "./classes.js";
import type { Interpreted, InterpretedOutput, Interpreter } from "./interpreter.js";
import { maskInterpreter, type MaskInterpretation } from "./mask.js";

/** Plain data that says what is made of an output. */
export type Interpretation = BoxesInterpretation | ClassesInterpretation | MaskInterpretation;

const KINDS: Readonly<Record<Interpretation["kind"], Interpreter<never>>> = {
  boxes: boxesInterpreter,
  classes: classesInterpreter,
  mask: maskInterpreter,
};

/**
 * An interpretation as a flag says it: `classes,top=5,softmax`. Throws CompileError `usage`; options are checked
 * where they meet an output.
 */
export function parseInterpretation(text: string): Interpretation {
  const form = "classes,top=5,softmax";
  return parsePlainText("interpretation", form, text) as unknown as Interpretation;
}

interface Known extends Interpreted {
  /** As of OUTPUT_OPTIONS. */
  readonly as?: string | undefined;
  readonly keep: boolean;
}

/**
 * What interprets an output of the model, by data that may come from a file. Throws CompileError with everything
 * that is wrong with the data, or does not fit the output.
 */
export function interpretOutput(given: unknown, output: InterpretedOutput): Known {
  const { kind, options } = parsePlain("interpretation", KINDS, given);
  const { as, keep } = options as Omit<Known, "apply">;
  const { apply } = KINDS[kind].interpret(options as never, output);
  return { apply, as, keep };
}
