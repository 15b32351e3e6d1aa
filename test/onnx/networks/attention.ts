/** Attention in windows: Swin's, shifted and masked, and MaxViT's, in blocks and in grids. */
import { f32, i64, Net, one } from "./net.js";

/** Queries, keys and values of [windows, tokens, channels] attend to one another, with biases by position. */
function attend(
  net: Net,
  x: string,
  [windows, tokens, channels]: readonly [number, number, number],
  heads: number,
  masked: (scores: string) => string = (scores) => scores,
): string {
  const depth = channels / heads;
  const all = net.reshape(net.linear(x, channels, 3 * channels), windows, tokens, 3, heads, depth);
  const parts = net.transpose(all, 2, 0, 3, 1, 4);
  const [q, k, v] = [0, 1, 2].map((at) => net.op("Gather", [parts, one(at)], { axis: 0 })) as [
    string,
    string,
    string,
  ];
  const scaled = net.op("Mul", [q, net.op("Pow", [f32(depth), f32(-0.5)])]);
  const scores = net.op("MatMul", [scaled, net.transpose(k, 0, 1, 3, 2)]);
  const biased = net.op("Add", [scores, net.weight(1, heads, tokens, tokens)]);
  const weights = net.op("Softmax", [masked(biased)], { axis: -1 });
  const mixed = net.transpose(net.op("MatMul", [weights, v]), 0, 2, 1, 3);
  return net.linear(net.reshape(mixed, windows, tokens, channels), channels, channels);
}

/** torch.roll: what falls off one end comes in at the other. */
function roll(net: Net, x: string, axis: number, by: number): string {
  const [tail, head] = [net.slice(x, axis, -by, 2 ** 31), net.slice(x, axis, 0, -by)];
  return net.op("Concat", [tail, head], { axis });
}

/** `mask[from…, from…] = value` as it is exported: indices of all rows and columns, cut and spread out. */
function assign(
  net: Net,
  mask: string,
  rows: readonly [number, number],
  columns: readonly [number, number],
  value: number,
): string {
  const along = (axis: number, [from, to]: readonly [number, number]): string => {
    const size = net.op("Gather", [net.op("Shape", [mask]), one(axis)], { axis: 0 });
    return net.slice(net.op("Range", [one(0), size, one(1)]), 0, from, to);
  };
  const [r, c] = [net.reshape(along(0, rows), -1, 1), along(1, columns)];
  const shape = net.op("Shape", [net.op("Add", [r, c])]);
  const both = [r, c].map((one) => net.op("Unsqueeze", [net.op("Expand", [one, shape]), i64(-1)]));
  const places = net.op("Concat", both, { axis: -1 });
  const updates = net.op("Expand", [f32(value), shape]);
  return net.op("ScatterND", [mask, places, updates]);
}

/** Which tokens of a window were neighbours before it was shifted: −100 between those that were not. */
function shiftMask(net: Net, size: number, window: number, shift: number): string {
  const spans = [
    [0, -window],
    [-window, -shift],
    [-shift, 2 ** 31],
  ] as const;
  let mask = net.op("ConstantOfShape", [i64(size, size)]);
  spans.forEach((rows, i) =>
    spans.forEach((columns, j) => (mask = assign(net, mask, rows, columns, 3 * i + j))),
  );
  const [count, tokens] = [size / window, window * window];
  const cut = net.transpose(net.reshape(mask, count, window, count, window), 0, 2, 1, 3);
  const flat = net.reshape(cut, count * count, tokens);
  const [across, along] = [1, 2].map((axis) => net.op("Unsqueeze", [flat, i64(axis)]));
  const difference = net.op("Sub", [across, along]);
  const same = net.op("Equal", [difference, f32(0)]);
  return net.op("Where", [same, f32(0), f32(-100)]);
}

/** A shifted block of Swin (Liu et al. 2021) on [1, size, size, channels], padded to whole windows. */
function swinBlock(net: Net, x: string, size: number, channels: number): string {
  const [window, heads, shift] = [4, 2, 2];
  const pad = (window - (size % window)) % window;
  const padded = size + pad;
  const [count, tokens] = [padded / window, window * window];
  const windows = count * count;
  const normal = net.layerNorm(x, channels);
  const filled = net.op("Pad", [normal, i64(0, 0, 0, 0, 0, pad, pad, 0)]);
  const moved = roll(net, roll(net, filled, 1, -shift), 2, -shift);
  const cut = net.reshape(moved, 1, count, window, count, window, channels);
  const rows = net.reshape(net.transpose(cut, 0, 1, 3, 2, 4, 5), windows, tokens, channels);
  const masked = (scores: string): string => {
    const mask = net.op("Unsqueeze", [shiftMask(net, padded, window, shift), i64(1)]);
    const apart = net.reshape(scores, 1, windows, heads, tokens, tokens);
    const added = net.op("Add", [apart, net.op("Unsqueeze", [mask, i64(0)])]);
    return net.reshape(added, -1, heads, tokens, tokens);
  };
  const dims = [windows, tokens, channels] as const;
  const mixed = attend(net, rows, dims, heads, masked);
  const whole = net.transpose(
    net.reshape(mixed, 1, count, count, window, window, channels),
    ...[0, 1, 3, 2, 4, 5],
  );
  const back = net.reshape(whole, 1, padded, padded, channels);
  const unmoved = roll(net, roll(net, back, 1, shift), 2, shift);
  const cropped = net.slice(net.slice(unmoved, 1, 0, size), 2, 0, size);
  const sum = net.op("Add", [x, cropped]);
  const wide = net.gelu(net.linear(net.layerNorm(sum, channels), channels, 2 * channels));
  return net.op("Add", [sum, net.linear(wide, 2 * channels, channels)]);
}

/** Every other row and column, side by side in the channels. */
function merge(net: Net, x: string, channels: number): string {
  const quarter = (row: number, column: number): string => {
    const rows = net.op("Slice", [x, i64(row), i64(2 ** 31), i64(-3), i64(2)]);
    return net.op("Slice", [rows, i64(column), i64(2 ** 31), i64(-2), i64(2)]);
  };
  const all = [quarter(0, 0), quarter(1, 0), quarter(0, 1), quarter(1, 1)];
  const normal = net.layerNorm(net.op("Concat", all, { axis: -1 }), 4 * channels);
  return net.linear(normal, 4 * channels, 2 * channels);
}

export function swin(): Uint8Array {
  const net = new Net();
  const patches = net.conv(net.input("x", 1, 3, 24, 24), 3, 8, { kernel: 4, stride: 4, pad: 0 });
  const x = net.layerNorm(net.transpose(patches, 0, 2, 3, 1), 8);
  const merged = merge(net, swinBlock(net, x, 6, 8), 8);
  const maps = net.transpose(net.layerNorm(merged, 16), 0, 3, 1, 2);
  const mean = net.op("Flatten", [net.op("GlobalAveragePool", [maps])], { axis: 1 });
  return net.model(net.linear(mean, 16, 5));
}

/** An inverted bottleneck with squeeze and excitation. */
function mbConv(net: Net, x: string, channels: number): string {
  const wide = net.gelu(net.conv(x, channels, 2 * channels, { kernel: 1 }));
  const deep = net.gelu(net.conv(wide, 2 * channels, 2 * channels, { groups: 2 * channels }));
  const squeezed = net.silu(
    net.conv(net.op("GlobalAveragePool", [deep]), 2 * channels, channels / 4, { kernel: 1 }),
  );
  const gate = net.op("Sigmoid", [net.conv(squeezed, channels / 4, 2 * channels, { kernel: 1 })]);
  const gated = net.op("Mul", [gate, deep]);
  return net.op("Add", [net.conv(gated, 2 * channels, channels, { kernel: 1 }), x]);
}

/** Attention in neighbouring tokens, or in tokens that are as far apart as there are windows. */
function partition(net: Net, x: string, size: number, channels: number, grid: boolean): string {
  const window = 4;
  const count = size / window;
  const [outer, inner] = grid ? [window, count] : [count, window];
  const cut = net.reshape(x, 1, channels, outer, inner, outer, inner);
  const order = grid ? [0, 3, 5, 2, 4, 1] : [0, 2, 4, 3, 5, 1];
  const rows = net.reshape(net.transpose(cut, ...order), count * count, window * window, channels);
  const dims = [count * count, window * window, channels] as const;
  const sum = net.op("Add", [rows, attend(net, net.layerNorm(rows, channels), dims, 2)]);
  const wide = net.gelu(net.linear(net.layerNorm(sum, channels), channels, 2 * channels));
  const mixed = net.op("Add", [sum, net.linear(wide, 2 * channels, channels)]);
  const apart = net.reshape(mixed, 1, count, count, window, window, channels);
  const back = grid ? [0, 5, 3, 1, 4, 2] : [0, 5, 1, 3, 2, 4];
  return net.reshape(net.transpose(apart, ...back), 1, channels, size, size);
}

export function maxVit(): Uint8Array {
  const net = new Net();
  const stem = net.gelu(net.conv(net.input("x", 1, 3, 16, 16), 3, 8, { stride: 2 }));
  const block = mbConv(net, stem, 8);
  const local = partition(net, block, 8, 8, false);
  const maps = partition(net, local, 8, 8, true);
  const mean = net.op("Flatten", [net.op("GlobalAveragePool", [maps])], { axis: 1 });
  return net.model(net.op("Tanh", [net.linear(mean, 8, 5)]));
}
