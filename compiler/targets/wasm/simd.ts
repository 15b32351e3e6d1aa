/** Which instructions of 128 bits an engine has: what WebAssembly is made for. */

/**
 * `relaxed` ones may fuse a multiplication and an addition; every engine of the last years has the others. `wide`: the
 * relaxed ones of two neighbouring vectors, in an order in which an engine can make one instruction of both.
 */
export type Simd = "plain" | "relaxed" | "wide";

export const SIMDS: readonly Simd[] = ["plain", "relaxed", "wide"];
