/** Replaces one file that can be made again: beside its place first, so that nobody reads half of it. */
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** In a folder that is there. Throws what the file system says; then the old file is as it was. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const waiting = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(waiting, content);
    renameSync(waiting, path);
  } finally {
    rmSync(waiting, { force: true });
  }
}
