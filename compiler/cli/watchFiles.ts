/** Tells when files change: by looking at them, which misses nothing between their being read and their being watched. */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { changedSince } from "../project/cache.js";

/** Between two looks; a change is over when nothing changes between two. */
const LOOK_MS = 50;

export interface FileWatch {
  /** Files, also those that are not there, of which what changed since a time counts as changed. */
  add(paths: Iterable<string>, since: number): void;
  /** Waits until some have changed, and says which; none where the signal aborts. */
  next(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export function watchFiles(): FileWatch {
  const stamps = new Map<string, string | undefined>();
  return {
    add(paths, since) {
      for (const path of paths)
        if (!stamps.has(path))
          stamps.set(path, changedSince(path, since) ? undefined : stampOf(path));
    },
    async next(signal) {
      const changed = new Set<string>();
      for (let before = -1; changed.size === 0 || before > 0;) {
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return new Set();
        const now = [...stamps].filter(([path, stamp]) => stampOf(path) !== stamp);
        for (const [path] of now) stamps.set(path, stampOf(path));
        for (const [path] of now) changed.add(path);
        before = now.length;
      }
      return changed;
    },
  };
}

/** Another one for other contents, or for another file in its place. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : [stats.ino, stats.size, stats.ctimeMs].join();
}
