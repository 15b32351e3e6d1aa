/** Which test files have a process of their own, and the order in which files begin. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * In a process of their own, before all others, which share two: what takes longest, so that no processor waits for it
 * at the end; what measures what compiling takes, or the memory of a command, which counts that of the process that
 * starts it; what puts modules of its own in the place of the compiler's.
 */
export const ALONE: readonly string[] = [
  "bombs/bombs",
  "ort/networks",
  "mutants/mutants",
  "cli/interrupted",
  "ort/ops",
  "conformance/conformance",
  "cost/compile",
  "cost/front",
  "onnx/mutations",
  "cli/waysIn",
  "emit/module",
  "onnx/randomGraphs/randomGraphs",
  "emit/allocation",
  "aliasing/aliasing",
  "cli/interruptedProject",
  "cli/hostileOnnx",
  "cli/memory",
  "base/budget",
  "cli/compare",
  "targets/c/c",
].map((name) => `test/${name}.test.ts`);

/** Files alone in the order above, then all others, as Vitest orders them. */
export class AloneFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = ALONE.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at < 0 ? ALONE.length : at;
    };
    return others.sort((a, b) => rank(a) - rank(b));
  }
}
