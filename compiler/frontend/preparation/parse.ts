/** A preparation as a command line writes it: `image,size=480x640,fit=crop,mean=0.485:0.456:0.406`, or as JSON. */
import { parsePlainText } from "../plainText.js";
import type { Preparation } from "./kinds.js";

/** Plain data, of which `prepareModel` says whether it is right. Throws CompileError `usage` on what is no such text. */
export function parsePreparation(text: string): Preparation {
  const form = "image,size=480x640,fit=crop";
  return parsePlainText("preparation", form, text) as unknown as Preparation;
}
