/** Assembles WebAssembly text into the bytes of a module, the same bytes on every machine. */
const FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  bulk_memory: true,
  simd: true,
  relaxed_simd: true,
  threads: true,
} as const;

/** Bytes of text; throws an Error with the line at fault where it is no valid module. */
export type Assembler = (text: string) => Uint8Array<ArrayBuffer>;

let loading: Promise<Assembler> | undefined;

/** The assembler, which takes a moment to load and to start. */
export function loadAssembler(): Promise<Assembler> {
  loading ??= startAssembler();
  return loading;
}

async function startAssembler(): Promise<Assembler> {
  const { default: wabt } = await import("wabt");
  const { parseWat } = await wabt();
  return (text) => {
    const module = parseWat("module.wat", text, FEATURES);
    try {
      module.resolveNames();
      // The declarations leave out that validation wants the features again.
      (module as { validate(features: typeof FEATURES): void }).validate(FEATURES);
      return module.toBinary({}).buffer.slice();
    } finally {
      module.destroy();
    }
  };
}
