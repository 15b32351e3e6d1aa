/** What of a Program's values meets the world or the next run: given before its kernels run, wanted when they have. */
import type { Port, Program } from "./program.js";

/** What is there before the first kernel of a run: inputs, and what the run before has kept. */
export function givenPorts({ inputs, states }: Program): readonly Port[] {
  return [...inputs, ...states];
}

/** What is wanted after the last kernel: outputs, and what the next run will find where states are. */
export function wantedPorts({ outputs, states }: Program): readonly Port[] {
  return [...outputs, ...states.map((state) => ({ ...state, value: state.next }))];
}
