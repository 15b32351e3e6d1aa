/** Runs that are not waited for: one after the other, since all work in the same memory, by a worker that stands in for the caller. */
import type { Crew, Member } from "./crew.js";
import { copyOfInputs } from "./values.js";
import { canShare, reasonOf, warnOnce } from "./workers.js";

export interface Queue {
  /** Runs that are not through. */
  readonly length: number;
  /** What `inputs` hold now is written, computed and read when its turn has come. */
  add<Inputs extends object, Outputs>(
    inputs: Inputs,
    write: (inputs: Inputs) => void,
    read: () => Outputs,
  ): Promise<Outputs>;
}

/** `hire`: the worker that stands in; where there is none `runHere` computes. `checkRun` throws after runs that failed. */
export function createQueue(
  crew: Crew,
  hire: () => Promise<Member>,
  runHere: () => void,
  checkRun: () => void,
): Queue {
  let last: Promise<unknown> = Promise.resolve();
  let hired: Promise<Member | undefined> | undefined;
  let length = 0;
  const compute = async (): Promise<void> => {
    hired ??= hireStandIn(crew, hire);
    const standIn = await hired;
    if (standIn === undefined) return runHere();
    await standIn.ask({ run: true });
    checkRun();
  };
  return {
    get length() {
      return length;
    },
    async add(inputs, write, read) {
      const take = async (given: typeof inputs) => {
        crew.check();
        write(given);
        await compute();
        return read();
      };
      // The first one writes now. Nobody else writes until it is through.
      const given = length === 0 ? inputs : copyOfInputs(inputs);
      const turn = length === 0 ? take(given) : last.then(() => take(given));
      length++;
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        length--;
      }
    },
  };
}

/** undefined, with a warning, where there can be none. Rejects where the model is at its end. */
async function hireStandIn(crew: Crew, hire: () => Promise<Member>): Promise<Member | undefined> {
  if (!canShare()) return undefined;
  try {
    return await hire();
  } catch (error) {
    crew.check();
    warnOnce(`runAsync computes on the thread that calls it: ${reasonOf(error)}`);
    return undefined;
  }
}
