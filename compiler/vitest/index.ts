/** A matcher for users' own tests: `await expect("test/models/lenet").toReproduceOutputs()`. To import it registers it. */
import { expect } from "vitest";
import { CompileError, formatProblems } from "../base/error.js";
import { verifyFolder } from "../cli/verifyFolder.js";
import type { VerifyOptions } from "../cli/verifyOptions.js";
import { formatCulprit } from "../golden/bisect.js";

/** What `tilewright verify` takes, as far as tests need it. */
export type ReproduceOptions = Pick<VerifyOptions, "tolerance" | "update" | "bisect" | "plan">;

declare module "vitest" {
  interface Matchers<T> {
    /**
     * The value is a folder in ONNX's test layout: a model, and test_data_set_0 with input_0.npy and output_0.npy
     * (or .pb). `vitest -u` records outputs, as `tilewright verify --update` does.
     */
    toReproduceOutputs(this: Matchers<T>, options?: ReproduceOptions): Promise<void>;
  }
}

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** For an `expect` that is not vitest's global one, which has them already. */
export const matchers = {
  async toReproduceOutputs(
    this: object,
    folder: string,
    options: ReproduceOptions = {},
  ): Promise<MatcherResult> {
    const update = options.update ?? isUpdating(this);
    try {
      const { status, reason, culprit } = await verifyFolder(folder, { ...options, update });
      const found = culprit && formatCulprit(culprit);
      const lines = [`${folder}: ${status}`, reason, found].filter((line) => line !== undefined);
      return { pass: status === "pass", message: () => lines.join("\n") };
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return { pass: false, message: () => formatProblems(error.problems) };
    }
  },
};

/** Whether vitest was started with -u; its types keep that to themselves. */
function isUpdating(state: object): boolean {
  const { snapshotState } = state as {
    readonly snapshotState?: { readonly _updateSnapshot?: string };
  };
  return snapshotState?._updateSnapshot === "all";
}

expect.extend(matchers);
