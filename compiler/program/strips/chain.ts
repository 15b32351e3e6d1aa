/** A chain of stages, and the memory for rows between them. */
import { addIndex, constantIndex, scaleIndex } from "../../compute/affine.js";
import type { Index, Temporary } from "../../compute/ir.js";
import { scalarOf } from "../../compute/ir.js";
import type { Cut, Link, Stage } from "./link.js";
import { heights, type Band } from "./steps.js";

/** Kernels that read one another in order, with names that none has for anything else. */
export interface Chain {
  readonly stages: readonly Stage[];
  /** One less than there are stages. */
  readonly links: readonly Link[];
  readonly cut: Cut;
  /** How dims of what is between stages nest, outermost first. */
  readonly order: readonly number[];
}

/** What lies between two stages, as they see it. */
export interface Strip extends Temporary {
  readonly link: Link;
  /** Indices of the value as they are where rows begin at `base`. */
  at(index: readonly Index[], base: Index): readonly Index[];
}

/** Bytes of what is between stages, all of it together. */
export function stripBytes(chain: Chain, steps: Band): number {
  return stripsOf(chain, steps, ({ source }) => source).reduce(
    (sum, { dims }) => sum + 4 * dims.reduce((product, dim) => product * dim, 1),
    0,
  );
}

/** What is in memory between the stages while a band goes by. */
export function stripsOf(
  { stages, links, cut, order }: Chain,
  steps: Band,
  nameOf: (link: Link) => string,
): readonly Strip[] {
  const rows = heights(links, steps);
  return links.map((link, i): Strip => {
    const { output } = stages[i]!.part.kernel;
    const extents = output.dims.map((dim, d) => {
      if (cut.shared.includes(d)) return 1;
      return d === cut.rows ? rows[i]! : link.margin[d]![0] + dim + link.margin[d]![1];
    });
    return {
      name: nameOf(link),
      dtype: scalarOf(output.dtype),
      dims: order.map((d) => extents[d]!),
      link,
      at: (index, base) =>
        order.map((d) => {
          if (cut.shared.includes(d)) return constantIndex(0);
          if (d === cut.rows) return addIndex(index[d]!, scaleIndex(base, -1));
          return addIndex(index[d]!, link.margin[d]![0]);
        }),
    };
  });
}
