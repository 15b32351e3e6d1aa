/** Optical flow as RAFT (Teed & Deng 2020) computes it: all pairs of features, looked up around where they have moved. */
import { tensor } from "../../../compiler/base/tensor.js";
import { f32, i64, Net, one } from "./net.js";

/** Feature maps of [SIZE, SIZE], looked up RADIUS around, on LEVELS scales. */
const [SIZE, RADIUS, LEVELS, CHANNELS] = [8, 2, 2, 8] as const;
const POSITIONS = SIZE * SIZE;
const WIDTH = 2 * RADIUS + 1;

function encode(net: Net, x: string, to: number): string {
  const first = net.conv(x, 3, CHANNELS, { kernel: 5, stride: 2 });
  const normal = net.op("InstanceNormalization", [first, net.bias(CHANNELS), net.bias(CHANNELS)]);
  const second = net.conv(net.op("Relu", [normal]), CHANNELS, CHANNELS, { stride: 2 });
  return net.conv(net.op("Relu", [second]), CHANNELS, to, { kernel: 1 });
}

/** Products of all features of both maps, and their means over 2 × 2, 4 × 4, … */
function correlations(net: Net, maps: string): readonly string[] {
  const half = net.op("Div", [
    net.op("Gather", [net.op("Shape", [maps]), i64(0)], { axis: 0 }),
    i64(2),
  ]);
  const [a, b] = [
    net.op("Slice", [maps, i64(0), half, i64(0)]),
    net.op("Slice", [maps, half, i64(2), i64(0)]),
  ].map((map) => net.reshape(map, 1, CHANNELS, POSITIONS)) as [string, string];
  const products = net.reshape(
    net.op("MatMul", [net.transpose(a, 0, 2, 1), b]),
    POSITIONS,
    1,
    SIZE,
    SIZE,
  );
  const levels = [net.op("Div", [products, f32(Math.sqrt(CHANNELS))])];
  while (levels.length < LEVELS) {
    const pooled = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], ceil_mode: 0 };
    levels.push(net.op("AveragePool", [levels.at(-1)!], pooled));
  }
  return levels;
}

/** Offsets of the looked-up places around each position. */
const around = tensor(
  "f32",
  [1, WIDTH, WIDTH, 2],
  Array.from({ length: WIDTH * WIDTH }, (_, i) => [
    Math.floor(i / WIDTH) - RADIUS,
    (i % WIDTH) - RADIUS,
  ]).flat(),
);

/** Coordinates in elements become those of GridSample, from −1 to 1. */
function lookUp(net: Net, levels: readonly string[], coordinates: string): string {
  let centres = net.reshape(net.transpose(coordinates, 0, 2, 3, 1), POSITIONS, 1, 1, 2);
  const found = levels.map((level, i) => {
    if (i > 0) centres = net.op("Div", [centres, f32(2)]);
    const places = net.op("Add", [centres, around]);
    const parts = net.ops("Split", [places, i64(1, 1)], { axis: -1 }, 2);
    const size = SIZE / 2 ** i;
    const scaled = parts.map((part) => {
      const doubled = net.op("Div", [net.op("Mul", [part, f32(2)]), f32(size - 1)]);
      return net.op("Sub", [doubled, f32(1)]);
    });
    const grid = net.op("Concat", scaled, { axis: -1 });
    const how = { align_corners: 1, mode: "bilinear", padding_mode: "zeros" };
    return net.reshape(net.op("GridSample", [level, grid], how), 1, SIZE, SIZE, WIDTH * WIDTH);
  });
  return net.transpose(net.op("Concat", found, { axis: -1 }), 0, 3, 1, 2);
}

/** Its weights are the same in every update. */
function recurrent(net: Net, inputs: number) {
  const gates = Array.from({ length: 3 }, () => [
    net.weight(CHANNELS, CHANNELS + inputs, 3, 3),
    net.bias(CHANNELS),
  ]);
  return (hidden: string, x: string): string => {
    const gate = (at: number, from: string): string => {
      const both = net.op("Concat", [from, x], { axis: 1 });
      return net.op("Conv", [both, ...gates[at]!], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    };
    const [z, r] = [0, 1].map((at) => net.op("Sigmoid", [gate(at, hidden)])) as [string, string];
    const next = net.op("Tanh", [gate(2, net.op("Mul", [r, hidden]))]);
    const kept = net.op("Mul", [net.op("Sub", [f32(1), z]), hidden]);
    return net.op("Add", [kept, net.op("Mul", [z, next])]);
  };
}

/** Every element becomes 4 × 4 weighted means of its neighbours, which Gather puts side by side. */
function upsample(net: Net, flow: string, hidden: string): string {
  const weights = net.reshape(net.conv(hidden, CHANNELS, 9 * 16), 1, 1, 9, 4, 4, SIZE, SIZE);
  const mask = net.op("Softmax", [weights], { axis: 2 });
  const scaled = net.op("Mul", [flow, f32(4)]);
  const size = net.op("Gather", [net.op("Shape", [scaled]), one(2)], { axis: 0 });
  const blocks = net.op("Range", [one(0), size, one(1)]);
  const taps = tensor("i64", [3, 1], [0, 1, 2]);
  const windows = net.op("Add", [net.op("Unsqueeze", [blocks, i64(0)]), taps]);
  const padded = net.op("Pad", [scaled, i64(0, 0, 1, 1, 0, 0, 1, 1)]);
  const rows = net.op("Gather", [padded, windows], { axis: 2 });
  const both = net.transpose(net.op("Gather", [rows, windows], { axis: 4 }), 0, 1, 2, 4, 3, 5);
  const neighbours = net.reshape(both, 1, 2, 9, 1, 1, SIZE, SIZE);
  const product = net.op("Mul", [mask, neighbours]);
  const sum = net.op("ReduceSum", [product, i64(2)], { keepdims: 0 });
  return net.reshape(net.transpose(sum, 0, 1, 4, 2, 5, 3), 1, 2, 4 * SIZE, 4 * SIZE);
}

export function raft(): Uint8Array {
  const net = new Net();
  const [first, second] = ["a", "b"].map((name) => net.input(name, 1, 3, 4 * SIZE, 4 * SIZE)) as [
    string,
    string,
  ];
  const maps = encode(net, net.op("Concat", [first, second], { axis: 0 }), CHANNELS);
  const levels = correlations(net, maps);
  const context = encode(net, first, 2 * CHANNELS);
  let hidden = net.op("Tanh", [net.slice(context, 1, 0, CHANNELS)]);
  const still = net.op("Relu", [net.slice(context, 1, CHANNELS, 2 * CHANNELS)]);
  const positions = tensor(
    "f32",
    [1, 2, SIZE, SIZE],
    [0, 1].flatMap((d) =>
      Array.from({ length: POSITIONS }, (_, i) => (d === 0 ? i % SIZE : Math.floor(i / SIZE))),
    ),
  );
  const update = recurrent(net, 2 * CHANNELS + 2);
  const [motion, head] = [
    [net.weight(CHANNELS, LEVELS * WIDTH * WIDTH + 2, 3, 3), net.bias(CHANNELS)],
    [net.weight(2, CHANNELS, 3, 3), net.bias(2)],
  ];
  const window = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  let coordinates = net.op("Identity", [positions]);
  for (let i = 0; i < 2; i++) {
    const flow = net.op("Sub", [coordinates, positions]);
    const found = net.op("Concat", [lookUp(net, levels, coordinates), flow], { axis: 1 });
    const moved = net.op("Relu", [net.op("Conv", [found, ...motion], window)]);
    hidden = update(hidden, net.op("Concat", [still, moved, flow], { axis: 1 }));
    coordinates = net.op("Add", [coordinates, net.op("Conv", [hidden, ...head], window)]);
  }
  return net.model(upsample(net, net.op("Sub", [coordinates, positions]), hidden));
}
