/** Assembles WebAssembly text into the bytes of a module, the same bytes on every machine. */
import wabt from "wabt";

const FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  bulk_memory: true,
  simd: true,
  relaxed_simd: true,
} as const;

let assembler: ReturnType<typeof wabt> | undefined;

/** Throws an Error with the line at fault where the text is no valid module. */
export async function assemble(text: string): Promise<Uint8Array> {
  assembler ??= wabt();
  const module = (await assembler).parseWat("module.wat", text, FEATURES);
  try {
    module.resolveNames();
    // The declarations leave out that validation wants the features again.
    (module as { validate(features: typeof FEATURES): void }).validate(FEATURES);
    return module.toBinary({}).buffer.slice();
  } finally {
    module.destroy();
  }
}
