/** What detectors and segmenters end with: YOLOv5, v8 and X, DeepLabV3. */
import { tensor } from "../../../compiler/base/tensor.js";
import { f32, i64, Net, one } from "./net.js";

/** Feature maps of strides 4 and 8 with 8 channels each. */
function pyramid(net: Net, size: number): readonly [string, string] {
  const stem = net.silu(net.conv(net.input("x", 1, 3, size, size), 3, 8, { stride: 2 }));
  const fine = net.silu(net.conv(stem, 8, 8, { stride: 2 }));
  return [fine, net.silu(net.conv(fine, 8, 8, { stride: 2 }))];
}

/** Positions of a map, x before y, as [1, 1, size, size, 2]. */
const grid = (size: number, offset: number) =>
  tensor(
    "f32",
    [1, 1, size, size, 2],
    Array.from({ length: size * size }, (_, i) => [
      (i % size) + offset,
      Math.floor(i / size) + offset,
    ]).flat(),
  );

/** `y[..., from:to] = value` as older exporters write it: the indices of every element that is written. */
function assign(net: Net, y: string, [from, to]: readonly [number, number], value: string): string {
  const shape = net.op("Shape", [y]);
  const ranges = [0, 1, 2, 3, 4].map((axis) => {
    const size = net.op("Gather", [shape, one(axis)], { axis: 0 });
    const all = net.op("Range", [one(0), size, one(1)]);
    const some = axis === 4 ? net.slice(all, 0, from, to) : all;
    return net.reshape(some, ...[0, 1, 2, 3, 4].map((d) => (d === axis ? -1 : 1)));
  });
  const sum = ranges.reduce((left, right) => net.op("Add", [left, right]));
  const dims = net.op("Shape", [sum]);
  const places = ranges.map((range) =>
    net.op("Unsqueeze", [net.op("Expand", [range, dims]), i64(-1)]),
  );
  const points = net.op("Concat", places, { axis: -1 });
  return net.op("ScatterND", [y, points, net.op("Reshape", [value, dims])]);
}

/** Boxes by anchors: (2σ − 0.5 + position) · stride, (2σ)² · anchor; written into slices, as older exports have it. */
export function yolov5(): Uint8Array {
  const net = new Net();
  const [anchors, values] = [3, 7];
  const levels = pyramid(net, 32).map((map, i) => {
    const [size, stride] = [8 / 2 ** i, 4 * 2 ** i];
    const raw = net.conv(map, 8, anchors * values, { kernel: 1 });
    const apart = net.transpose(net.reshape(raw, 1, anchors, values, size, size), 0, 1, 3, 4, 2);
    const y = net.op("Sigmoid", [apart]);
    const anchor = tensor("f32", [1, anchors, 1, 1, 2], [2, 3, 4, 3, 6, 8]);
    const part = (from: number, to: number): string => net.slice(y, 4, from, to);
    const moved = net.op("Add", [net.op("Mul", [part(0, 2), f32(2)]), grid(size, -0.5)]);
    const centre = net.op("Mul", [moved, f32(stride)]);
    const doubled = net.op("Mul", [part(2, 4), f32(2)]);
    const extent = net.op("Mul", [net.op("Pow", [doubled, f32(2)]), anchor]);
    const whole = assign(net, assign(net, y, [0, 2], centre), [2, 4], extent);
    return net.reshape(whole, 1, -1, values);
  });
  return net.model(net.op("Concat", levels, { axis: 1 }));
}

/** Sides of boxes as means over 16 bins, then corners; classes beside them (Ultralytics' v8). */
export function yolov8(): Uint8Array {
  const net = new Net();
  const [bins, classes] = [16, 4];
  const levels = pyramid(net, 32).map((map, i) => {
    const box = net.conv(net.silu(net.conv(map, 8, 8)), 8, 4 * bins, { kernel: 1 });
    const scores = net.conv(net.silu(net.conv(map, 8, 8)), 8, classes, { kernel: 1 });
    const both = net.op("Concat", [box, scores], { axis: 1 });
    return net.reshape(both, 1, 4 * bins + classes, 64 / 4 ** i);
  });
  const all = net.op("Concat", levels, { axis: 2 });
  const sizes = i64(4 * bins, classes);
  const [box, scores] = net.ops("Split", [all, sizes], { axis: 1 }, 2) as [string, string];
  const spread = net.transpose(net.reshape(box, 1, 4, bins, 80), 0, 2, 1, 3);
  const weights = net.op("Softmax", [spread], { axis: 1 });
  const mean = net.op("Conv", [
    weights,
    tensor(
      "f32",
      [1, bins, 1, 1],
      Array.from({ length: bins }, (_, k) => k),
    ),
  ]);
  const sides = net.reshape(mean, 1, 4, 80);
  const points = [8, 4].flatMap((size) =>
    Array.from({ length: size * size }, (_, at) => [
      (at % size) + 0.5,
      Math.floor(at / size) + 0.5,
    ]),
  );
  const anchors = tensor(
    "f32",
    [1, 2, 80],
    [0, 1].flatMap((d) => points.map((one) => one[d]!)),
  );
  const strides = tensor(
    "f32",
    [1, 80],
    points.map((_, k) => (k < 64 ? 4 : 8)),
  );
  const corner = [
    net.op("Sub", [anchors, net.slice(sides, 1, 0, 2)]),
    net.op("Add", [anchors, net.slice(sides, 1, 2, 4)]),
  ];
  const centre = net.op("Div", [net.op("Add", corner), f32(2)]);
  const extent = net.op("Sub", [corner[1]!, corner[0]!]);
  const boxes = net.op("Mul", [net.op("Concat", [centre, extent], { axis: 1 }), strides]);
  return net.model(net.op("Concat", [boxes, net.op("Sigmoid", [scores])], { axis: 1 }));
}

/** Slices of pixels side by side in front (Focus), decoupled heads without anchors behind. */
export function yolox(): Uint8Array {
  const net = new Net();
  const x = net.input("x", 1, 3, 32, 32);
  const every = (from: string, axis: number, start: number): string =>
    net.op("Slice", [from, i64(start), i64(2 ** 31), i64(axis), i64(2)]);
  const quarters = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([row, column]) => every(every(x, 2, row!), 3, column!));
  const stem = net.silu(net.conv(net.op("Concat", quarters, { axis: 1 }), 12, 8));
  const fine = net.silu(net.conv(stem, 8, 8, { stride: 2 }));
  const coarse = net.silu(net.conv(fine, 8, 8, { stride: 2 }));
  const flat = [fine, coarse].map((map, i) => {
    const regression = net.silu(net.conv(map, 8, 8));
    const parts = [
      net.conv(regression, 8, 4, { kernel: 1 }),
      net.op("Sigmoid", [net.conv(regression, 8, 1, { kernel: 1 })]),
      net.op("Sigmoid", [net.conv(net.silu(net.conv(map, 8, 8)), 8, 4, { kernel: 1 })]),
    ];
    return net.reshape(net.op("Concat", parts, { axis: 1 }), 1, 9, 64 / 4 ** i);
  });
  const all = net.transpose(net.op("Concat", flat, { axis: 2 }), 0, 2, 1);
  const points = [8, 4].flatMap((size) =>
    Array.from({ length: size * size }, (_, at) => [at % size, Math.floor(at / size)]),
  );
  const strides = tensor(
    "f32",
    [1, 80, 1],
    points.map((_, k) => (k < 64 ? 4 : 8)),
  );
  const moved = net.op("Add", [net.slice(all, 2, 0, 2), tensor("f32", [1, 80, 2], points.flat())]);
  const centre = net.op("Mul", [moved, strides]);
  const extent = net.op("Mul", [net.op("Exp", [net.slice(all, 2, 2, 4)]), strides]);
  return net.model(net.op("Concat", [centre, extent, net.slice(all, 2, 4, 9)], { axis: 2 }));
}

/** Dilated convolutions side by side with the mean of all, as large as the picture (Chen et al. 2017). */
export function deepLab(): Uint8Array {
  const net = new Net();
  const x = net.input("x", 1, 3, 33, 47);
  const stem = net.op("Relu", [net.conv(x, 3, 8, { stride: 2 })]);
  const maps = net.op("Relu", [net.conv(stem, 8, 8, { stride: 2 })]);
  const sizeOf = (of: string): string =>
    net.op("Slice", [net.op("Shape", [of]), i64(2), i64(4), i64(0)]);
  const resized = (from: string, like: string): string => {
    const lead = net.op("Slice", [net.op("Shape", [from]), i64(0), i64(2), i64(0)]);
    const sizes = net.op("Concat", [lead, sizeOf(like)], { axis: 0 });
    const how = {
      coordinate_transformation_mode: "pytorch_half_pixel",
      cubic_coeff_a: -0.75,
      mode: "linear",
      nearest_mode: "floor",
    };
    return net.op("Resize", [from, undefined, undefined, sizes], how);
  };
  const pooled = net.op("Relu", [
    net.conv(net.op("GlobalAveragePool", [maps]), 8, 4, { kernel: 1 }),
  ]);
  const branches = [
    net.op("Relu", [net.conv(maps, 8, 4, { kernel: 1 })]),
    ...[2, 4].map((dilation) => net.op("Relu", [net.conv(maps, 8, 4, { dilation })])),
    resized(pooled, maps),
  ];
  const mixed = net.op("Relu", [net.conv(net.op("Concat", branches, { axis: 1 }), 16, 8)]);
  return net.model(resized(net.conv(mixed, 8, 5, { kernel: 1 }), x));
}
