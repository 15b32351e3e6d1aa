/**
 * Winograd's algorithm as Computes: windows over tiles of an image are products of polynomials, which are multiplied
 * at points. What belongs to a block of tiles follows each other, so that it stays in the cache; of windows that slide
 * along two dimensions, with tiles of m outputs along each:
 *
 *   lines[u, t0, x, ic]   = Σp input[u, p] · x[m·t0 + p, x, ic]
 *   points[u, v, t, ic]   = Σq input[v, q] · lines[u, t0, m·t1 + q, ic]          t = tiles in a row · t0 + t1
 *   for each run of blocks of output channels
 *     products[u, v, ob, t, o] = Σic points[u, v, t, ic] · w'[u, v, ob, ic, o]
 *     for each block
 *       columns[i, v, t, o] = Σu output[i, u] · products[u, v, ob, t, o]
 *       out[m·t0 + i, m·t1 + j, oc] = epilogue(init + Σv output[j, v] · columns[i, v, t, o])
 *
 * Weights are one stream, and those of a block and a point are in the first-level cache for all tiles. Of many channels
 * products are sums of parts (sums.ts), one part after the other for all blocks, which columns add up.
 *
 * Where they slide along one there are neither lines nor columns. Dimensions along which they do not slide have tiles
 * of one output: images of a batch and rows of windows that are one high are in one block, as far as the cache goes.
 */
import { at } from "../../compute/affine.js";
import { binary, load, temporaryOf } from "../../compute/expr.js";
import type { Kernel } from "../../compute/ir.js";
import {
  factorsOf,
  frameOf,
  slidesOf,
  tablesOf,
  tileGroups,
  weightAxes,
  WEIGHTS,
  type Blocking,
  type Frame,
  type Parts,
} from "./blocking.js";
import { inputTransform } from "./inputTransform.js";
import { outputTransform } from "./outputTransform.js";
import type { Windowed } from "./window.js";

/** The kernel over transformed weights that computes what a windowed kernel does, up to rounding. */
export function winogradKernel(kernel: Kernel, windowed: Windowed, blocking: Blocking): Kernel {
  const { w } = windowed;
  const { factors, dtype } = factorsOf(windowed);
  const parts = tileGroups(windowed, blocking).flatMap((group, i): Parts[] => {
    const frame = frameOf(windowed, blocking, group, i === 0 ? "" : "2");
    return [inputTransform(frame), multiplied(frame)];
  });
  const dims = weightAxes(windowed, blocking).map(({ extent }) => extent);
  return {
    ...kernel,
    inputs: [
      ...kernel.inputs.filter(({ name }) => name !== w.source),
      { name: WEIGHTS, type: { dtype, dims }, operand: "w" },
    ],
    constants: tablesOf(slidesOf(windowed, blocking), ["input", "output"], factors),
    temporaries: parts.flatMap(({ temporaries }) => temporaries),
    computes: parts.flatMap(({ computes }) => computes),
  };
}

/** For one run of blocks of output channels after the other: products at the points, and the output of them. */
function multiplied(frame: Frame): Parts {
  const { slides, renamed, t, sums, dtype, channels, nameOf } = frame;
  const { part, within, place } = sums;
  const { groups } = frame.windowed;
  const { run, o } = channels;
  const points = slides.map(({ point }) => point);
  const scan = [...frame.scan, run];
  // The loop over the blocks that output is made of is another one.
  const block = { ...channels.block, name: `${channels.block.name}p` };
  const axes = [...points, ...part, block, t, o];
  const name = nameOf("products");
  const group = groups.map((axis) => renamed.find(([known]) => known === axis.name)![1]);
  const read = at(run, ...points, ...part, block, within, o);
  const weights = load(WEIGHTS, [...group, ...read], dtype);
  const transformed = load(nameOf("points"), [...at(...points, t), place], dtype);
  const back = outputTransform(frame, [...scan, channels.block]);
  return {
    temporaries: [temporaryOf(name, axes, dtype), ...back.temporaries],
    computes: [
      {
        scan,
        target: name,
        axes,
        reduce: [within],
        combine: "sum",
        body: binary(dtype === "f32" ? "mul" : "dot16", transformed, weights),
        index: at(...axes),
      },
      ...back.computes,
    ],
  };
}
