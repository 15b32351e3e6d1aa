/** What a process tells the benchmark when its first result is there. */
import { existsSync, readFileSync } from "node:fs";

export function tell({ load, first, output }) {
  process.stdout.write(JSON.stringify({ load, first, peakBytes: peak(), output: [...output] }));
}

/** Resident at most. What `resourceUsage` says on Linux begins with what the parent had before `exec`. */
function peak() {
  const status = "/proc/self/status";
  const line = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, "utf8"));
  return 1024 * (line ? Number(line[1]) : process.resourceUsage().maxRSS);
}
