/** Random nodes of ops that detection and segmentation are made of. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { float } from "../../../support/onnxModel.js";
import { exactly, maybe, type Draw, type Generator, type Operand } from "../draw.js";

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

export const detection: Readonly<Record<string, Generator>> = {
  RoiAlign: roiAlign,
};
