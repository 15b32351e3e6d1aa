/** The kinds of preparation there are, and the one way from plain data to what prepares an input. */
import { parsePlain } from "../plainData.js";
import { parsePlainText } from "../plainText.js";
import { audioPreparer } from "./audio/prepareAudio.js";
import type { AudioPreparation } from "./audio/spec.js";
import { imagePreparer } from "./image/prepareImage.js";
import type { ImagePreparation } from "./image/spec.js";
import type { Prepared, PreparedInput, Preparer } from "./preparer.js";

/** Plain data that says how an input is made of what an application has. */
export type Preparation = AudioPreparation | ImagePreparation;

const KINDS: Readonly<Record<Preparation["kind"], Preparer<never>>> = {
  audio: audioPreparer,
  image: imagePreparer,
};

/**
 * What prepares an input of the model, by data that may come from a file. Throws CompileError with everything
 * that is wrong with the data, or does not fit the input.
 */
export function prepareInput(given: unknown, input: PreparedInput): Prepared {
  const { kind, options } = parsePlain("preparation", KINDS, given);
  return KINDS[kind].prepare(options as never, input);
}

/**
 * A preparation as a command line writes it, `image,size=480x640,fit=crop`, or JSON; what it says is checked where
 * it is used. Throws CompileError `usage` on what is written in no such way.
 */
export function parsePreparation(text: string): Preparation {
  const form = "image,size=480x640,fit=crop";
  return parsePlainText("preparation", form, text) as unknown as Preparation;
}
