/** A head of detectors as torchvision exports RetinaNet: levels filtered by score, the best of each decoded, and suppression. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { f32, i64, Net, one } from "./net.js";

const ANCHORS = 3;
const CLASSES = 2;
const BEST = i64(20);

/** Corners of the anchors of a level, over rows, columns and sizes. */
function anchorsOf(size: number, stride: number): Tensor {
  const corners = Array.from({ length: size * size * ANCHORS }, (_, i) => {
    const cell = Math.floor(i / ANCHORS);
    const [x, y] = [(cell % size) * stride, Math.floor(cell / size) * stride];
    const half = stride * (0.7 + 0.4 * (i % ANCHORS));
    return [x - half, y - half, x + half, y + half];
  });
  return tensor("f32", [corners.length, 4], corners.flat());
}

/** [1, anchors · values, h, w] => [h · w · anchors, values] */
function perAnchor(net: Net, x: string, size: number, values: number): string {
  const split = net.op("Reshape", [x, i64(1, -1, values, size, size)]);
  const last = net.op("Transpose", [split], { perm: [0, 3, 4, 1, 2] });
  return net.op("Reshape", [last, i64(-1, values)]);
}

interface Level {
  readonly boxes: string;
  readonly scores: string;
  readonly labels: string;
}

function level(net: Net, features: string, size: number, stride: number): Level {
  const logits = net.conv(features, 8, ANCHORS * CLASSES);
  const moves = perAnchor(net, net.conv(features, 8, ANCHORS * 4), size, 4);
  const all = net.op("Reshape", [
    net.op("Sigmoid", [perAnchor(net, logits, size, CLASSES)]),
    i64(-1),
  ]);
  const kept = net.op("Greater", [all, f32(0.52)]);
  const points = net.op("Transpose", [net.op("NonZero", [kept])], { perm: [1, 0] });
  const found = net.op("GatherND", [all, points]);
  const places = net.op("Squeeze", [points, i64(1)]);
  const count = net.op("Min", [net.op("Shape", [found]), BEST]);
  const [scores, order] = net.ops("TopK", [found, count], {}, 2);
  const best = net.op("Gather", [places, order], { axis: 0 });
  const anchor = net.op("Div", [best, one(CLASSES)]);
  const from = net.op("Gather", [anchorsOf(size, stride), anchor], { axis: 0 });
  const moved = net.op("Gather", [moves, anchor], { axis: 0 });
  const boxes = net.op("Add", [from, net.op("Mul", [net.op("Tanh", [moved]), f32(stride / 4)])]);
  return { boxes, scores: scores!, labels: net.op("Mod", [best, one(CLASSES)]) };
}

/** Two levels: of a class none overlaps a better one, and at most twelve are left. Outputs boxes, scores and labels. */
export function retinaHead(): { readonly bytes: Uint8Array; readonly outputs: readonly string[] } {
  const net = new Net();
  const first = net.op("Relu", [net.conv(net.input("x", 1, 3, 16, 16), 3, 8, { stride: 2 })]);
  const second = net.op("Relu", [net.conv(first, 8, 8, { stride: 2 })]);
  const levels = [level(net, first, 8, 2), level(net, second, 4, 4)];
  const joined = (of: (one: Level) => string): string =>
    net.op("Concat", levels.map(of), { axis: 0 });
  const [boxes, scores, labels] = [
    net.op("Clip", [joined((all) => all.boxes), f32(0), f32(16)]),
    joined((all) => all.scores),
    joined((all) => all.labels),
  ];
  const most = net.op("Add", [net.op("ReduceMax", [boxes], { keepdims: 0 }), f32(1)]);
  const offsets = net.op("Mul", [net.op("Cast", [labels], { to: 1 }), most]);
  const apart = net.op("Add", [boxes, net.op("Unsqueeze", [offsets, i64(1)])]);
  const chosen = net.op("NonMaxSuppression", [
    net.op("Unsqueeze", [apart, i64(0)]),
    net.op("Unsqueeze", [scores, i64(0, 1)]),
    i64(2 ** 40),
    tensor("f32", [1], [0.4]),
  ]);
  const column = net.op("Gather", [chosen, i64(2)], { axis: 1 });
  const keep = net.op("Slice", [net.op("Squeeze", [column, i64(1)]), i64(0), i64(12), i64(0)]);
  const outputs = [boxes, scores, labels].map((all) => net.op("Gather", [all, keep], { axis: 0 }));
  return { bytes: net.model(...outputs), outputs };
}
