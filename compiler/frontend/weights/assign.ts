/** Gives a Definition its trained weights, by PyTorch's parameter names, all mistakes reported at once. */
import { startBudget, type Budget } from "../../base/budget.js";
import { CompileError, fail, type Problem } from "../../base/error.js";
import type { Constant, Definition } from "../../graph/definition.js";
import { sameDims, type Tensor } from "../../base/tensor.js";
import { suggester } from "../../base/suggest.js";
import { readNpy } from "./npy.js";
import { readNpz } from "./npz.js";
import { readSafetensors } from "./safetensors.js";

/**
 * Reads a weights file by its ending: .safetensors, .npz, or .npy (one parameter, named by the file). Throws
 * CompileError `bad-file`, or `over-budget` where it unpacks to too much.
 */
export function readWeights(
  fileName: string,
  bytes: Uint8Array,
  budget: Budget = startBudget(),
): Map<string, Tensor> {
  if (fileName.endsWith(".safetensors")) return readSafetensors(bytes, budget);
  if (fileName.endsWith(".npz")) return readNpz(bytes, readNpy, budget);
  if (fileName.endsWith(".npy")) {
    const name = fileName.slice(fileName.lastIndexOf("/") + 1, -".npy".length);
    return new Map([[name, readNpy(bytes)]]);
  }
  return fail("bad-file", `weights are read from .safetensors, .npz and .npy, not ${fileName}`);
}

/**
 * The Definition with every seeded parameter replaced by the tensor of its name. Throws one CompileError
 * with every missing, extra and misshapen weight. PyTorch's num_batches_tracked counters are left out.
 */
export function withWeights(
  definition: Definition,
  tensors: ReadonlyMap<string, Tensor>,
): Definition {
  const problems: Problem[] = [];
  const wanted = new Set(definition.constants.filter(isParameter).map(({ name }) => name));
  const free = new Set([...tensors.keys()].filter((key) => !wanted.has(key)));
  const suggest = suggester(free);
  const constants = definition.constants.map((constant): Constant => {
    if (!isParameter(constant)) return constant;
    const found = tensors.get(constant.name);
    const { dims } = constant.type;
    if (found === undefined) {
      problems.push({
        code: "missing-weight",
        message: `[${dims.join(",")}] is wanted`,
        node: constant.name,
        ...suggest(constant.name),
      });
      return constant;
    }
    if (!sameDims(found.type.dims, dims)) {
      problems.push({
        code: "misshapen-weight",
        message: `the file has [${found.type.dims.join(",")}], the model wants [${dims.join(",")}]`,
        node: constant.name,
      });
    }
    return { ...constant, source: { kind: "data", data: found.data } };
  });
  problems.push(...extraWeights(tensors, wanted));
  if (problems.length > 0) throw new CompileError(problems);
  return { ...definition, constants };
}

/** A file may have any number of names. */
const MOST_EXTRA = 100;

function extraWeights(
  tensors: ReadonlyMap<string, Tensor>,
  wanted: ReadonlySet<string>,
): readonly Problem[] {
  const extra = [...tensors.keys()].filter(
    (name) => !wanted.has(name) && !name.endsWith("num_batches_tracked"),
  );
  const code = "extra-weight";
  const problems = extra.slice(0, MOST_EXTRA).map((node): Problem => {
    return { code, message: "the model has no such parameter", node };
  });
  const more = extra.length - problems.length;
  if (more > 0) problems.push({ code, message: `the model has none of ${more} more parameters` });
  return problems;
}

function isParameter(constant: Constant): boolean {
  return constant.source.kind === "seed";
}
