/** Shows on a terminal what a long build is at, and leaves no trace of it. */
import type { Streams } from "./verb.js";

export interface Progress {
  readonly onProgress?: (step: string) => void;
  /** Wipes the line. */
  end(): void;
}

export function startProgress({ terminal, stderr }: Streams): Progress {
  if (!terminal) return { end: () => undefined };
  return {
    onProgress: (step) => stderr(`\r\u001b[2K${step} …`),
    end: () => stderr("\r\u001b[2K"),
  };
}
