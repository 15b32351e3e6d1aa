/** Which instructions of 128 bits an engine has: what WebAssembly is made for. */

/**
 * `relaxed` ones may fuse a multiplication and an addition; every engine of the last years has the others. `wide`: the
 * relaxed ones of two neighbouring vectors, in an order in which an engine can make one instruction of both. `usdot`
 * and `sdot`: the relaxed ones, and four products of bytes with signs by bytes without or with them in one; `usdot16`:
 * two products, as `usdot`, in 16 bits.
 */
export type Simd = "plain" | "relaxed" | "wide" | "usdot" | "sdot" | "usdot16";

/** The kinds that make more of sums of narrow integers than the others. */
export const DOT_SIMDS = ["usdot", "sdot", "usdot16"] as const satisfies readonly Simd[];

export type DotSimd = (typeof DOT_SIMDS)[number];

export function isDotSimd(simd: Simd): simd is DotSimd {
  return (DOT_SIMDS as readonly Simd[]).includes(simd);
}

export const SIMDS: readonly Simd[] = ["plain", "relaxed", "wide", ...DOT_SIMDS];
