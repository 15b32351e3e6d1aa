/** Random nodes of ops that detection and segmentation are made of. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { float } from "../../../support/onnxModel.js";
import {
  exactly,
  list,
  maybe,
  ranks,
  someAxes,
  type Draw,
  type Generator,
  type Operand,
} from "../draw.js";

/** Boxes inside a map, across its edges, larger than it and without extent. */
function boxes(
  draw: Draw,
  count: number,
  [h, w]: readonly [number, number],
  scale: number,
): Operand {
  const side = (size: number): readonly [number, number] => {
    const from = draw.int(-20, size * 10) / 10;
    const length = draw.pick([draw.int(1, size * 8) / 10, draw.int(1, size * 8) / 10, 3 * size, 0]);
    return [from / scale, (from + length) / scale];
  };
  const values = Array.from({ length: count }, () => {
    const [[x1, x2], [y1, y2]] = [side(w), side(h)];
    return [x1, y1, x2, y2];
  });
  return draw.given(tensor("f32", [count, 4], values.flat()), true);
}

const roiAlign: Generator = (draw, { attributes }) => {
  const [n, h, w] = [draw.int(1, 2), draw.int(1, 9), draw.int(1, 7)];
  const x = draw.operand(["f32"], exactly([n, draw.int(1, 5), h, w]), "plain");
  const count = draw.int(1, 3);
  const scale = draw.pick([1, 0.5, 0.25]);
  const max = draw.chance(0.3);
  const batch = Array.from({ length: count }, () => draw.int(0, n - 1));
  const half = ["half_pixel", "output_half_pixel"];
  const ratio = draw.int(max ? 1 : 0, 3);
  return {
    inputs: [x, boxes(draw, count, [h, w], scale), draw.given(tensor("i64", [count], batch), true)],
    attributes: {
      mode: max ? "max" : maybe(draw, "avg"),
      output_height: maybe(draw, draw.int(1, 4)),
      output_width: maybe(draw, draw.int(1, 4)),
      sampling_ratio: ratio === 0 ? maybe(draw, 0) : ratio,
      spatial_scale: scale === 1 ? maybe(draw, float(1)) : scale,
      coordinate_transformation_mode: attributes.has("coordinate_transformation_mode")
        ? maybe(draw, draw.pick(half))
        : undefined,
    },
  };
};

const affineGrid: Generator = (draw) => {
  const rank = draw.int(2, 3);
  const sizes = Array.from({ length: rank }, () => draw.int(2, 4));
  const batch = draw.int(1, 2);
  return {
    inputs: [
      draw.operand(["f32"], exactly([batch, rank, rank + 1]), "plain"),
      draw.given(list(batch, 3, ...sizes)),
    ],
    attributes: { align_corners: maybe(draw, draw.int(0, 1)) },
  };
};

const centerCropPad: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4, 5));
  const axes = draw.chance(0.5) ? someAxes(draw, x.dims.length) : undefined;
  const sizes = (axes ?? x.dims).map(() => draw.int(1, 7));
  const dtype = draw.pick(inputs[1]!.dtypes);
  return {
    inputs: [x, draw.given(tensor(dtype, [sizes.length], sizes))],
    attributes: { axes },
  };
};

/** A window that fits, with the size of what it slides over and the number of its places along each dim. */
function windows(draw: Draw, rank: number) {
  const each = <T>(make: (d: number) => T): T[] => Array.from({ length: rank }, (_, d) => make(d));
  const kernel = each(() => draw.int(1, 3));
  const strides = each(() => draw.int(1, 3));
  const dilations = each(() => draw.int(1, 2));
  const pads = [...each(() => draw.int(0, 1)), ...each(() => draw.int(0, 1))];
  const size = each((d) => (kernel[d]! - 1) * dilations[d]! + draw.int(1, 4));
  const given = {
    strides: maybe(draw, strides),
    dilations: maybe(draw, dilations),
    pads: maybe(draw, pads),
  };
  const places = each((d) => {
    const span = (kernel[d]! - 1) * (given.dilations?.[d] ?? 1) + 1;
    const padded = size[d]! + (given.pads?.[d] ?? 0) + (given.pads?.[rank + d] ?? 0);
    return Math.floor((padded - span) / (given.strides?.[d] ?? 1)) + 1;
  });
  return { kernel, size, places, given };
}

const product = (list: readonly number[]): number => list.reduce((all, one) => all * one, 1);

const col2im: Generator = (draw) => {
  const { kernel, size, places, given } = windows(draw, draw.int(1, 3));
  const dims = [draw.int(1, 2), draw.int(1, 2) * product(kernel), product(places)];
  return {
    inputs: [
      draw.operand(["f32"], exactly(dims), "plain"),
      draw.given(list(...size)),
      draw.given(list(...kernel)),
    ],
    attributes: given,
  };
};

const deformConv: Generator = (draw) => {
  const { kernel, size, places, given } = windows(draw, 2);
  const [group, offsets] = [draw.int(1, 2), draw.int(1, 2)];
  const [n, c, oc] = [draw.int(1, 2), 2 * draw.int(1, 2), group * draw.int(1, 2)];
  const taps = offsets * product(kernel);
  const plain = (...dims: readonly number[]): Operand =>
    draw.operand(["f32"], exactly(dims), "plain");
  const [x, w] = [plain(n, c, ...size), plain(oc, c / group, ...kernel)];
  const offset = plain(n, 2 * taps, ...places);
  const bias = draw.chance(0.5) ? plain(oc) : undefined;
  const mask = draw.chance(0.5) ? plain(n, taps, ...places) : undefined;
  return {
    inputs: [x, w, offset, bias, mask],
    attributes: {
      ...given,
      kernel_shape: maybe(draw, kernel),
      group: group === 1 ? maybe(draw, 1) : group,
      offset_group: offsets === 1 ? maybe(draw, 1) : offsets,
    },
  };
};

/** Places that the maxima of a pool could have come from, counted in the smallest output. */
const maxUnpool: Generator = (draw) => {
  const rank = draw.int(1, 2);
  const each = <T>(make: (d: number) => T): T[] => Array.from({ length: rank }, (_, d) => make(d));
  const kernel = each(() => draw.int(1, 3));
  const strides = kernel.map((size) => size + draw.int(0, 1));
  const dims = [draw.int(1, 2), draw.int(1, 2), ...each(() => draw.int(1, 3))];
  const given = maybe(draw, strides) ?? (kernel.every((size) => size === 1) ? undefined : strides);
  const cut = kernel.every((size) => size > 1) && draw.chance(0.4) ? 1 : 0;
  const size = each(
    (d) => (dims[2 + d]! - 1) * (given?.[d] ?? 1) + kernel[d]! - (d === 0 ? cut : 0),
  );
  const full = [...dims.slice(0, 2), ...size];
  const places = draw.shuffle(Array.from({ length: product(full) }, (_, i) => i));
  const count = product(dims);
  const at = draw.given(tensor("i64", dims, places.slice(0, count)));
  const larger = full.map((dim, d) => (d < 2 ? dim : dim + draw.int(0, 2)));
  const pads = [...each((d) => (d === 0 ? cut : 0)), ...each(() => 0)];
  return {
    inputs: [
      draw.operand(["f32"], exactly(dims), "plain"),
      at,
      draw.chance(0.5) ? draw.given(list(...larger)) : undefined,
    ],
    attributes: {
      kernel_shape: kernel,
      strides: given,
      pads: cut > 0 ? pads : maybe(draw, pads),
    },
  };
};

export const detection: Readonly<Record<string, Generator>> = {
  RoiAlign: roiAlign,
  AffineGrid: affineGrid,
  CenterCropPad: centerCropPad,
  Col2Im: col2im,
  DeformConv: deformConv,
  MaxUnpool: maxUnpool,
};
