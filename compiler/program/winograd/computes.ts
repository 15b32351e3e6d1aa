/**
 * Winograd's algorithm as Computes: windows of three over tiles of an image are products of polynomials, which are
 * multiplied at points. What belongs to a block of tiles follows each other, so that it stays in the cache:
 *
 *   lines[u, th, x, ic]  = Σp input[u, p] · x[m·th + p, x, ic]
 *   points[u, v, t, ic]  = Σq input[v, q] · lines[u, th, m·tw + q, ic]          t = tiles in a row · th + tw
 *   for each block of output channels
 *     products[u, v, t, o] = Σic points[u, v, t, ic] · w'[u, v, ic, o]
 *     columns[i, v, t, o]  = Σu output[i, u] · products[u, v, t, o]
 *     out[m·th + i, m·tw + j, oc] = epilogue(init + Σv output[j, v] · columns[i, v, t, o])
 *
 * Along one dimension there are neither lines nor columns.
 */
import { axisIndex } from "../../compute/affine.js";
import { load, mul } from "../../compute/expr.js";
import type { Kernel } from "../../compute/ir.js";
import {
  at,
  frameOf,
  INPUT,
  OUTPUT,
  temporaryOf,
  tileGroups,
  weightAxes,
  WEIGHTS,
  type Blocking,
  type Frame,
  type Parts,
} from "./blocking.js";
import { inputTransform } from "./inputTransform.js";
import { outputTransform } from "./outputTransform.js";
import { tableOf, transformsOf } from "./tables.js";
import type { Windowed } from "./window.js";

/** The kernel over transformed weights that computes what a windowed kernel does, up to rounding. */
export function winogradKernel(kernel: Kernel, windowed: Windowed, blocking: Blocking): Kernel {
  const { slides, w } = windowed;
  const { input, output } = transformsOf(blocking.outputs);
  const parts = tileGroups(slides[0], blocking).flatMap((group, i): Parts[] => {
    const frame = frameOf(windowed, blocking, group, i === 0 ? "" : "2");
    return [inputTransform(frame), multiplied(frame)];
  });
  const dims = weightAxes(windowed, blocking).map(({ extent }) => extent);
  return {
    ...kernel,
    inputs: [
      ...kernel.inputs.filter(({ name }) => name !== w.source),
      { name: WEIGHTS, type: { dtype: "f32", dims }, operand: "w" },
    ],
    constants: [
      { name: INPUT, value: tableOf(input), sparse: true },
      { name: OUTPUT, value: tableOf(output), sparse: true },
    ],
    temporaries: parts.flatMap(({ temporaries }) => temporaries),
    computes: parts.flatMap(({ computes }) => computes),
  };
}

/** For one block of output channels after the other: products at the points, and the output of them. */
function multiplied(frame: Frame): Parts {
  const { windowed, points, scan: around, renamed, t, ob, o, nameOf } = frame;
  const { inputs, groups } = windowed;
  const scan = [...around, ob];
  const axes = [...points, t, o];
  const name = nameOf("products");
  const group = groups.map((axis) => renamed.find(([known]) => known === axis.name)![1]);
  const weights = load(WEIGHTS, [...group, axisIndex(ob), ...at(...points, inputs, o)]);
  const back = outputTransform(frame, scan);
  return {
    temporaries: [temporaryOf(name, axes), ...back.temporaries],
    computes: [
      {
        scan,
        target: name,
        axes,
        reduce: [inputs],
        combine: "sum",
        body: mul(load(nameOf("points"), at(...points, t, inputs)), weights),
        index: at(...axes),
      },
      ...back.computes,
    ],
  };
}
