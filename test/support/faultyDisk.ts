/** A disk that fails, or a process that is killed, at a chosen step of writing: of this process, or of one that is started with it. */
import files, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

/** SIGKILL, what the system says, or renames that take their time, from that step on. */
export type Fault = "kill" | "ENOSPC" | "EIO" | "slow";

export interface FaultyDisk {
  /** Steps that were taken, as `rename small.ts`. */
  readonly steps: readonly string[];
  mend(): void;
}

const SLOW_MS = 30;

/** Steps of writing count from 1; half of what is written at that step is on the disk. */
export function breakDisk(fault: Fault, at: number): FaultyDisk {
  const steps: string[] = [];
  const sound = { ...files };
  const strike = (step: string): boolean => {
    steps.push(step);
    return fault !== "slow" && steps.length === at;
  };
  const happen = (syscall: string): never => {
    if (fault === "kill") {
      process.kill(process.pid, "SIGKILL");
      // Some systems let a process take a few steps more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    throw Object.assign(new Error(`${fault}: injected`), { code: fault, syscall });
  };
  for (const name of ["link", "copyFile", "rename", "rm", "mkdir"] as const) {
    const real = sound[name] as (...args: readonly unknown[]) => Promise<unknown>;
    const faulty = (...args: readonly unknown[]): Promise<unknown> =>
      strike(`${name} ${String(args.at(name === "rename" ? 1 : 0))}`)
        ? Promise.resolve().then(() => happen(name))
        : fault === "slow" && name === "rename" && steps.length >= at
          ? sleep(SLOW_MS).then(() => real(...args))
          : real(...args);
    Object.assign(files, { [name]: faulty });
  }
  const open = async (...args: Parameters<typeof sound.open>): Promise<FileHandle> => {
    const handle = await sound.open(...args);
    const [write, flush] = [handle.writeFile.bind(handle), handle.sync.bind(handle)];
    handle.writeFile = async (data) => {
      if (!strike(`write ${String(args[0])}`)) return write(data);
      const bytes = Buffer.from(data as string | Uint8Array as string);
      await write(bytes.subarray(0, bytes.length >> 1));
      return happen("write");
    };
    handle.sync = async () => (strike(`flush ${String(args[0])}`) ? happen("fsync") : flush());
    return handle;
  };
  Object.assign(files, { open });
  syncBuiltinESMExports();
  return {
    steps,
    mend() {
      Object.assign(files, sound);
      syncBuiltinESMExports();
    },
  };
}

/** `kill 7`, of a process that was started with this file. */
const [fault, at] = (process.env["FAULTY_DISK"] ?? "").split(" ");
if (fault !== undefined && at !== undefined) breakDisk(fault as Fault, Number(at));
