/** The registry: every op there is, by the name that definitions and graphs use. */
import { pointwise } from "./pointwise.js";

export const ops = {
  ...pointwise,
} as const;

/** Whether a name, possibly from an untrusted file, is that of an op. */
export function isOpName(name: string): name is keyof typeof ops {
  return Object.hasOwn(ops, name);
}
