/** What this engine comes to at most, as yardsticks of kernels: in arithmetic, and in reading memory. */
import type { Limits } from "../target.js";
import { measureBandwidth } from "./bandwidth.js";
import { measurePeak } from "./peak.js";

export async function measureLimits(now: () => number): Promise<Limits> {
  return { peak: await measurePeak(now), bandwidth: await measureBandwidth(now) };
}
