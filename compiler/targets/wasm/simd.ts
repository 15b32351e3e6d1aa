/** Which instructions of 128 bits an engine has: what WebAssembly is made for. */

/** `relaxed` ones may fuse a multiplication and an addition; every engine of the last years has the others. */
export type Simd = "plain" | "relaxed";

export const SIMDS: readonly Simd[] = ["plain", "relaxed"];
