/** Every fault that is planted, to see that the verifier finds it and that random graphs would. */
import { GUARD_PLANTS } from "./guards.js";
import { LAYOUT_PLANTS } from "./layout.js";
import { LOADING_PLANTS } from "./loading.js";
import { LOOP_PLANTS } from "./loops.js";
import { MEMORY_PLANTS } from "./memory.js";
import { STRIP_PLANTS } from "./strips.js";
import { WINOGRAD_PLANTS } from "./winograd.js";
import { DOT_PLANTS } from "./dots.js";
import { WORD_PLANTS } from "./words.js";
import type { Plant } from "./plant.js";

export const PLANTS: readonly Plant[] = [
  ...LAYOUT_PLANTS,
  ...GUARD_PLANTS,
  ...LOOP_PLANTS,
  ...MEMORY_PLANTS,
  ...LOADING_PLANTS,
  ...STRIP_PLANTS,
  ...WINOGRAD_PLANTS,
  ...WORD_PLANTS,
  ...DOT_PLANTS,
];
