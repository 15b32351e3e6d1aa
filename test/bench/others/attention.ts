/** Small networks with attention, and of its kind: tokens of patches, windows of maps, layer norm over channels. */
import {
  adaptiveAvgPool2d,
  add,
  batchNorm2d,
  block,
  cat,
  chunk,
  constant,
  conv2d,
  flatten,
  gelu,
  layerNorm,
  linear,
  matmul,
  mean,
  model,
  mul,
  permute,
  reshape,
  sequential,
  sigmoid,
  silu,
  slice,
  softmax,
  squeeze,
  type Definition,
  type Layer,
  type Value,
} from "../../../compiler/index.js";

/** A table that stands for a trained one. */
function table(like: Value, dims: readonly number[], name: string, spread: number): Value {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length }, (_, i) => spread * Math.sin(i * 1.7));
  return constant(like, { type: { dtype: "f32", dims }, data }, name);
}

function scalar(like: Value, value: number): Value {
  return constant(like, { type: { dtype: "f32", dims: [] }, data: Float32Array.of(value) });
}

/** Attention within each of `count` rows of `length` tokens; `bias` is added to the scores. */
function attention(
  dim: number,
  heads: number,
  count: number,
  length: number,
  bias?: (scores: Value) => Value,
): Layer {
  const part = dim / heads;
  return block(
    {
      qkv: linear({ inFeatures: dim, outFeatures: 3 * dim }),
      proj: linear({ inFeatures: dim, outFeatures: dim }),
    },
    (m, x: Value) => {
      const all = permute(reshape(m.qkv(x), [count, length, 3, heads, part]), [2, 0, 3, 1, 4]);
      const [q, k, v] = chunk(all, 3, 0).map((one) => squeeze(one, [0]));
      const scaled = mul(q!, scalar(x, part ** -0.5));
      const raw = matmul(scaled, permute(k!, [0, 1, 3, 2]));
      const scores = softmax(bias === undefined ? raw : bias(raw), { dim: -1 });
      const joined = permute(matmul(scores, v!), [0, 2, 1, 3]);
      return m.proj(reshape(joined, [count, length, dim]));
    },
  );
}

function perceptron(dim: number, hidden: number, activation: Layer): Layer {
  return sequential([
    linear({ inFeatures: dim, outFeatures: hidden }),
    activation,
    linear({ inFeatures: hidden, outFeatures: dim }),
  ] as readonly Layer[]);
}

/** Attention and a perceptron, each behind a norm and with what comes in added. */
function encoder(dim: number, mixing: Layer, hidden: number, activation: Layer): Layer {
  const norm = layerNorm({ normalizedShape: dim });
  return block(
    { norm1: norm, mixing, norm2: norm, mlp: perceptron(dim, hidden, activation) },
    (m, x: Value) => {
      const y = add(x, m.mixing(m.norm1(x)));
      return add(y, m.mlp(m.norm2(y)));
    },
  );
}

/** ViT (Dosovitskiy et al. 2021). */
export function vit({ dim = 192, size = 112, depth = 4, heads = 3 } = {}): Definition {
  const side = size / 16;
  const tokens = side * side + 1;
  const layers = {
    patches: conv2d({ inChannels: 3, outChannels: dim, kernelSize: 16, stride: 16 }),
    encoder: sequential(
      Array.from({ length: depth }, () =>
        encoder(dim, attention(dim, heads, 1, tokens), 4 * dim, gelu()),
      ) as readonly Layer[],
    ),
    norm: layerNorm({ normalizedShape: dim }),
    head: linear({ inFeatures: dim, outFeatures: 1000 }),
  };
  return model("vit", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const flat = permute(reshape(m.patches(image), [1, dim, side * side]), [0, 2, 1]);
    const first = table(flat, [1, 1, dim], "class", 0.5);
    const all = add(cat([first, flat], 1), table(flat, [1, tokens, dim], "position", 0.5));
    const last = m.norm(m.encoder(all));
    return {
      logits: m.head(reshape(slice(last, { starts: [0], ends: [1], axes: [1] }), [1, dim])),
    };
  });
}

/** [1, size, size, dim] in windows: [count, window², dim]. */
function windows(x: Value, size: number, window: number, dim: number): Value {
  const across = size / window;
  const cut = reshape(x, [1, across, window, across, window, dim]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [across * across, window * window, dim]);
}

function whole(x: Value, size: number, window: number, dim: number): Value {
  const across = size / window;
  const cut = reshape(x, [1, across, across, window, window, dim]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [1, size, size, dim]);
}

/** Rolls rows and columns as torch.roll does. */
function roll(x: Value, size: number, by: number): Value {
  return [1, 2].reduce((rolled, axis) => {
    const axes = [axis];
    const low = slice(rolled, { starts: [0], ends: [by], axes });
    const high = slice(rolled, { starts: [by], ends: [size], axes });
    return cat([high, low], axis);
  }, x);
}

function swinBlock(dim: number, heads: number, size: number, window: number, shift: number): Layer {
  const count = (size / window) ** 2;
  const length = window * window;
  const bias = (scores: Value): Value => {
    const near = add(scores, table(scores, [1, heads, length, length], "position", 0.3));
    return shift === 0 ? near : add(near, table(near, [count, 1, length, length], "mask", 0.5));
  };
  const within = attention(dim, heads, count, length, bias);
  const mixing = block({ within }, (m, x: Value) => {
    const rolled = shift === 0 ? x : roll(x, size, shift);
    const mixed = whole(m.within(windows(rolled, size, window, dim)), size, window, dim);
    return shift === 0 ? mixed : roll(mixed, size, size - shift);
  });
  return encoder(dim, mixing, 4 * dim, gelu());
}

/** Every other row and column beside each other, then half as many channels. */
function patchMerging(dim: number): Layer {
  const part = (x: Value, row: number, column: number): Value =>
    slice(x, { starts: [row, column], ends: [2 ** 20, 2 ** 20], axes: [1, 2], steps: [2, 2] });
  return block(
    {
      norm: layerNorm({ normalizedShape: 4 * dim }),
      reduction: linear({ inFeatures: 4 * dim, outFeatures: 2 * dim, bias: false }),
    },
    (m, x: Value) =>
      m.reduction(m.norm(cat([part(x, 0, 0), part(x, 1, 0), part(x, 0, 1), part(x, 1, 1)], 3))),
  );
}

/** Swin Transformer (Liu et al. 2021) of two stages. */
export function swin({ dim = 48, size = 112, window = 7, heads = 3 } = {}): Definition {
  const side = size / 4;
  const stage = (c: number, h: number, s: number): Layer[] =>
    [0, Math.floor(window / 2)].map((shift) => swinBlock(c, h, s, window, shift));
  const layers = {
    patches: conv2d({ inChannels: 3, outChannels: dim, kernelSize: 4, stride: 4 }),
    norm0: layerNorm({ normalizedShape: dim }),
    stages: sequential([
      ...stage(dim, heads, side),
      patchMerging(dim),
      ...stage(2 * dim, 2 * heads, side / 2),
    ] as readonly Layer[]),
    norm: layerNorm({ normalizedShape: 2 * dim }),
    head: linear({ inFeatures: 2 * dim, outFeatures: 1000 }),
  };
  return model("swin", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const tokens = m.norm0(permute(m.patches(image), [0, 2, 3, 1]));
    const last = permute(m.norm(m.stages(tokens)), [0, 3, 1, 2]);
    return { logits: m.head(mean(last, { dim: [2, 3] })) };
  });
}

function convNormSilu(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride = 1,
  groups = 1,
): Layer {
  const padding = (kernelSize - 1) / 2;
  return sequential([
    conv2d({ inChannels, outChannels, kernelSize, stride, padding, groups, bias: false }),
    batchNorm2d({ numFeatures: outChannels }),
    silu(),
  ] as readonly Layer[]);
}

function inverted(inChannels: number, outChannels: number, stride: number): Layer {
  const hidden = 4 * inChannels;
  return block(
    {
      expand: convNormSilu(inChannels, hidden, 1),
      depthwise: convNormSilu(hidden, hidden, 3, stride, hidden),
      reduce: conv2d({ inChannels: hidden, outChannels, kernelSize: 1, bias: false }),
      norm: batchNorm2d({ numFeatures: outChannels }),
    },
    (m, x: Value) => {
      const y = m.norm(m.reduce(m.depthwise(m.expand(x))));
      return stride === 1 && inChannels === outChannels ? add(x, y) : y;
    },
  );
}

/** MobileViT's block: a transformer over the pixels at the same place of all 2×2 patches. */
function mobileVitBlock(c: number, dim: number, size: number, depth: number): Layer {
  const half = size / 2;
  return block(
    {
      local: convNormSilu(c, c, 3),
      into: conv2d({ inChannels: c, outChannels: dim, kernelSize: 1, bias: false }),
      encoder: sequential(
        Array.from({ length: depth }, () =>
          encoder(dim, attention(dim, 4, 4, half * half), 2 * dim, silu()),
        ) as readonly Layer[],
      ),
      norm: layerNorm({ normalizedShape: dim }),
      back: convNormSilu(dim, c, 1),
      fuse: convNormSilu(2 * c, c, 3),
    },
    (m, x: Value) => {
      const cut = reshape(m.into(m.local(x)), [dim * half, 2, half, 2]);
      const parts = reshape(permute(cut, [0, 2, 1, 3]), [1, dim, half * half, 4]);
      const tokens = reshape(permute(parts, [0, 3, 2, 1]), [4, half * half, dim]);
      const mixed = m.norm(m.encoder(tokens));
      const again = permute(reshape(mixed, [1, 4, half * half, dim]), [0, 3, 2, 1]);
      const rows = permute(reshape(again, [dim * half, half, 2, 2]), [0, 2, 1, 3]);
      return m.fuse(cat([x, m.back(reshape(rows, [1, dim, size, size]))]));
    },
  );
}

/** MobileViT (Mehta & Rastegari 2022), its extra small form with two of the three stages that have attention. */
export function mobileVit({ size = 128 } = {}): Definition {
  const layers: readonly Layer[] = [
    convNormSilu(3, 16, 3, 2),
    inverted(16, 32, 1),
    inverted(32, 48, 2),
    inverted(48, 48, 1),
    inverted(48, 64, 2),
    mobileVitBlock(64, 96, size / 8, 2),
    inverted(64, 80, 2),
    mobileVitBlock(80, 120, size / 16, 2),
    convNormSilu(80, 320, 1),
    adaptiveAvgPool2d(1),
    flatten(),
    linear({ inFeatures: 320, outFeatures: 1000 }),
  ];
  return model("mobilevit", { image: [1, 3, size, size] }, sequential(layers));
}

/** A depthwise block that scales its channels by what their means say. */
function excited(inChannels: number, outChannels: number, stride: number): Layer {
  const hidden = 4 * outChannels;
  const conv = (from: number, to: number): Layer =>
    conv2d({ inChannels: from, outChannels: to, kernelSize: 1 });
  return block(
    {
      norm: batchNorm2d({ numFeatures: inChannels }),
      expand: conv(inChannels, hidden),
      depthwise: conv2d({
        ...{
          inChannels: hidden,
          outChannels: hidden,
          kernelSize: 3,
          stride,
          padding: 1,
          groups: hidden,
        },
      }),
      pool: adaptiveAvgPool2d(1),
      fc1: conv(hidden, outChannels / 4),
      fc2: conv(outChannels / 4, hidden),
      reduce: conv(hidden, outChannels),
      shortcut: conv2d({ inChannels, outChannels, kernelSize: 1, stride }),
    },
    (m, x: Value) => {
      const y = gelu(m.depthwise(gelu(m.expand(m.norm(x)))));
      const scaled = mul(y, sigmoid(m.fc2(silu(m.fc1(m.pool(y))))));
      const same = stride === 1 && inChannels === outChannels;
      return add(m.reduce(scaled), same ? x : m.shortcut(x));
    },
  );
}

/** Attention within windows, or over the same place of all windows (a grid), of maps [1, c, size, size]. */
function partitioned(c: number, size: number, window: number, grid: boolean): Layer {
  const across = size / window;
  const [count, length] = [across * across, window * window];
  const bias = (scores: Value): Value =>
    add(scores, table(scores, [1, c / 32, length, length], "position", 0.3));
  const mixer = encoder(c, attention(c, c / 32, count, length, bias), 4 * c, gelu());
  const cutDims = grid
    ? [1, c, window, across, window, across]
    : [1, c, across, window, across, window];
  const order = grid ? [0, 3, 5, 2, 4, 1] : [0, 2, 4, 3, 5, 1];
  const wholeDims = [1, across, across, window, window, c];
  const back = grid ? [0, 5, 3, 1, 4, 2] : [0, 5, 1, 3, 2, 4];
  return block({ mixer }, (m, x: Value) => {
    const tokens = reshape(permute(reshape(x, cutDims), order), [count, length, c]);
    return reshape(permute(reshape(m.mixer(tokens), wholeDims), back), [1, c, size, size]);
  });
}

/** MaxViT (Tu et al. 2022): convolution, windows, grid. */
export function maxVit({ size = 112, window = 7 } = {}): Definition {
  const stage = (from: number, to: number, side: number): Layer[] => [
    excited(from, to, 2),
    partitioned(to, side, window, false),
    partitioned(to, side, window, true),
  ];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: 32, kernelSize: 3, stride: 2, padding: 1 }),
    gelu(),
    ...stage(32, 32, size / 4),
    ...stage(32, 64, size / 8),
    adaptiveAvgPool2d(1),
    flatten(),
    linear({ inFeatures: 64, outFeatures: 1000 }),
  ];
  return model("maxvit", { image: [1, 3, size, size] }, sequential(layers));
}

/** A block of ConvNeXt as torchvision has it: channels last between its permutations. */
function nextBlock(dim: number): Layer {
  return block(
    {
      depthwise: conv2d({
        ...{ inChannels: dim, outChannels: dim, kernelSize: 7, padding: 3, groups: dim },
      }),
      norm: layerNorm({ normalizedShape: dim, eps: 1e-6 }),
      mlp: perceptron(dim, 4 * dim, gelu()),
    },
    (m, x: Value) => {
      const last = m.mlp(m.norm(permute(m.depthwise(x), [0, 2, 3, 1])));
      return add(x, mul(permute(last, [0, 3, 1, 2]), table(x, [dim, 1, 1], "scale", 0.3)));
    },
  );
}

function norm2d(dim: number): Layer {
  return block({ norm: layerNorm({ normalizedShape: dim, eps: 1e-6 }) }, (m, x: Value) =>
    permute(m.norm(permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]),
  );
}

/** ConvNeXt (Liu et al. 2022). */
export function convNext({ dim = 48, size = 128 } = {}): Definition {
  const down = (from: number, to: number): Layer[] => [
    norm2d(from),
    conv2d({ inChannels: from, outChannels: to, kernelSize: 2, stride: 2 }),
  ];
  const stage = (c: number): Layer[] => [nextBlock(c), nextBlock(c)];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: dim, kernelSize: 4, stride: 4 }),
    norm2d(dim),
    ...stage(dim),
    ...down(dim, 2 * dim),
    ...stage(2 * dim),
    ...down(2 * dim, 4 * dim),
    ...stage(4 * dim),
    adaptiveAvgPool2d(1),
    norm2d(4 * dim),
    flatten(),
    linear({ inFeatures: 4 * dim, outFeatures: 1000 }),
  ];
  return model("convnext", { image: [1, 3, size, size] }, sequential(layers));
}
