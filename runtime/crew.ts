/** The workers of one model: each is started with what it needs, asked and heard; where one dies, all are sent home. */
import type { Control } from "./control.js";
import { listen, watch, type WorkerLike } from "./workers.js";

/** What a worker gets first: all that it needs to take part. Thread 0 runs when it is asked to; others look for work. */
export interface Task {
  readonly module: object;
  readonly memory: object;
  /** Where the control block begins, in bytes. */
  readonly control: number;
  readonly thread: number;
}

/** A worker of the crew. */
export interface Member {
  /** Resolves when it answers; rejects where it cannot any more. */
  ask(message: object): Promise<void>;
}

export interface Crew {
  /** Those who look for work. */
  readonly ready: number;
  /** Whether one who had answered has ended, though nobody has heard of that yet. */
  readonly isMissing: boolean;
  /** Throws where they were sent home. */
  check(): void;
  /** One more, once it has answered. Rejects where it cannot start. */
  hire(thread: number, coming: Promise<Omit<Task, "thread">>): Promise<Member>;
  /** From now on a program may end that waits for nothing but workers who look for work. */
  letGo(): void;
  /** Sends all home; whatever is asked from now on throws the error. */
  end(error: Error): void;
}

interface Hired extends Member {
  readonly worker: WorkerLike;
  readonly thread: number;
  /** Once it has answered. */
  hasEnded?: () => boolean;
  /** Why it is gone. */
  gone?: Error;
  waiting?: Waiting | undefined;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

export function createCrew(control: Control, newWorker: () => WorkerLike): Crew {
  const members = new Set<Hired>();
  let ended: Error | undefined;
  let holds = true;
  const leave = (member: Hired, error: Error): void => {
    members.delete(member);
    member.gone ??= error;
    member.waiting?.reject(error);
    void member.worker.terminate();
  };
  const end = (error: Error): void => {
    if (ended !== undefined) return;
    ended = error;
    control.end();
    for (const member of members) leave(member, error);
  };
  return {
    get ready() {
      return [...members].filter(({ hasEnded, thread }) => hasEnded && thread > 0).length;
    },
    get isMissing() {
      return [...members].some(({ hasEnded }) => hasEnded?.() === true);
    },
    check() {
      if (ended !== undefined) throw ended;
    },
    async hire(thread, coming) {
      if (ended !== undefined) throw ended;
      const member = enlist(newWorker(), thread, (reason) => {
        if (!members.has(member)) return;
        const died = diedOf(reason);
        leave(member, member.hasEnded ? died : new Error(reason));
        if (member.hasEnded) end(died);
      });
      members.add(member);
      if (thread > 0 && !holds) member.worker.unref?.();
      try {
        await member.ask({ ...(await coming), thread });
        return member;
      } catch (error) {
        leave(member, error as Error);
        throw error;
      }
    },
    letGo() {
      holds = false;
      for (const { worker, thread } of members) if (thread > 0) worker.unref?.();
    },
    end,
  };
}

/** The end of a model whose worker is gone: perhaps in the middle of what it had taken. */
export function diedOf(reason: string): Error {
  return new Error(`threads: a worker of the model died (${reason}); load the model again`);
}

function enlist(worker: WorkerLike, thread: number, onEnd: (reason: string) => void): Hired {
  const member: Hired = {
    worker,
    thread,
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (member.gone !== undefined) return reject(member.gone);
        member.waiting = { resolve, reject };
        // A run that is not waited for keeps its program.
        if (thread === 0) worker.ref?.();
        worker.postMessage(message);
      }),
  };
  const hear = (): void => {
    member.hasEnded ??= watch(worker);
    worker.unref?.();
    const { waiting } = member;
    member.waiting = undefined;
    waiting?.resolve();
  };
  listen(worker, hear, onEnd);
  return member;
}
