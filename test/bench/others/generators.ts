/** Small networks that make images of images: norms over maps and over channels, reflected borders, maps that grow. */
import {
  adaptiveAvgPool2d,
  add,
  block,
  chunk,
  conv2d,
  convTranspose2d,
  div,
  groupNorm,
  instanceNorm2d,
  interpolate,
  cat,
  matmul,
  mean,
  model,
  mul,
  permute,
  pixelShuffle,
  pow,
  relu,
  reshape,
  sequential,
  silu,
  softmax,
  sqrt,
  sub,
  tanh,
  constant,
  type Definition,
  type Layer,
  type Value,
} from "../../../compiler/index.js";

/** Two 3×3 convolutions with reflected borders, each with instance norm, and what comes in added. */
function residual(channels: number): Layer {
  const conv = conv2d({
    inChannels: channels,
    outChannels: channels,
    kernelSize: 3,
    padding: 1,
    paddingMode: "reflect",
  });
  const norm = instanceNorm2d({ numFeatures: channels });
  return block({ one: conv, norm, two: conv }, (m, x) =>
    add(x, m.norm(m.two(relu(m.norm(m.one(x)))))),
  );
}

/** CycleGAN's generator (Zhu et al. 2017). */
export function cycleGan({ width = 32, size = 128, blocks = 4 } = {}): Definition {
  const norm = (numFeatures: number): Layer => instanceNorm2d({ numFeatures });
  const reflected = { kernelSize: 7, padding: 3, paddingMode: "reflect" } as const;
  const down = (from: number): Layer[] => [
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 3, stride: 2, padding: 1 }),
    norm(2 * from),
    relu(),
  ];
  const up = (from: number): Layer[] => [
    convTranspose2d({
      inChannels: from,
      outChannels: from / 2,
      kernelSize: 3,
      stride: 2,
      padding: 1,
      outputPadding: 1,
    }),
    norm(from / 2),
    relu(),
  ];
  const layers: readonly Layer[] = [
    conv2d({ inChannels: 3, outChannels: width, ...reflected }),
    norm(width),
    relu(),
    ...down(width),
    ...down(2 * width),
    ...Array.from({ length: blocks }, () => residual(4 * width)),
    ...up(4 * width),
    ...up(2 * width),
    conv2d({ inChannels: width, outChannels: 3, ...reflected }),
    tanh(),
  ];
  return model("cyclegan", { image: [1, 3, size, size] }, sequential(layers));
}

/** The fast style transfer of Johnson et al. 2016, with instance norm and nearest upsampling as PyTorch's example has it. */
export function styleTransfer({ width = 16, size = 160, blocks = 3 } = {}): Definition {
  const conv = (inChannels: number, outChannels: number, kernelSize: number, stride = 1): Layer =>
    conv2d({
      ...{ inChannels, outChannels, kernelSize, stride },
      ...{ padding: (kernelSize - 1) / 2, paddingMode: "reflect" },
    });
  const step = (from: number, to: number, kernelSize: number, stride = 1): Layer[] => [
    conv(from, to, kernelSize, stride),
    instanceNorm2d({ numFeatures: to, affine: true }),
    relu(),
  ];
  const twice = block({}, (_, x: Value) => interpolate(x, 2, { scaleFactor: 2 }));
  const layers: readonly Layer[] = [
    ...step(3, width, 9),
    ...step(width, 2 * width, 3, 2),
    ...step(2 * width, 4 * width, 3, 2),
    ...Array.from({ length: blocks }, () => residual(4 * width)),
    twice,
    ...step(4 * width, 2 * width, 3),
    twice,
    ...step(2 * width, width, 3),
    conv(width, 3, 9),
  ];
  return model("style-transfer", { image: [1, 3, size, size] }, sequential(layers));
}

/** NAFNet's layer norm over channels, in the steps that its code takes. */
function channelNorm(channels: number): Layer {
  return block({}, (_, x: Value) => {
    const scalars = (value: number): Value =>
      constant(x, { type: { dtype: "f32", dims: [] }, data: Float32Array.of(value) });
    const each = (name: string, value: (i: number) => number): Value => {
      const type = { dtype: "f32", dims: [1, channels, 1, 1] } as const;
      return constant(
        x,
        { type, data: Float32Array.from({ length: channels }, (_, i) => value(i)) },
        name,
      );
    };
    const centred = sub(x, mean(x, { dim: 1, keepdim: true }));
    const variance = mean(pow(centred, scalars(2)), { dim: 1, keepdim: true });
    const normal = div(centred, sqrt(add(variance, scalars(1e-6))));
    return add(
      mul(
        each("gamma", (i) => 1 + (i % 7) / 20),
        normal,
      ),
      each("beta", (i) => (i % 5) / 10),
    );
  });
}

function gate(x: Value): Value {
  const [a, b] = chunk(x, 2, 1);
  return mul(a!, b!);
}

/** A block of NAFNet: simple gates, and the mean of each channel scales it. */
function nafBlock(c: number): Layer {
  const pointwise = (inChannels: number, outChannels: number): Layer =>
    conv2d({ inChannels, outChannels, kernelSize: 1 });
  return block(
    {
      norm1: channelNorm(c),
      conv1: pointwise(c, 2 * c),
      conv2: conv2d({
        ...{ inChannels: 2 * c, outChannels: 2 * c, kernelSize: 3, padding: 1, groups: 2 * c },
      }),
      pool: adaptiveAvgPool2d(1),
      sca: pointwise(c, c),
      conv3: pointwise(c, c),
      norm2: channelNorm(c),
      conv4: pointwise(c, 2 * c),
      conv5: pointwise(c, c),
    },
    (m, x: Value) => {
      const gated = gate(m.conv2(m.conv1(m.norm1(x))));
      const y = add(x, m.conv3(mul(gated, m.sca(m.pool(gated)))));
      return add(y, m.conv5(gate(m.conv4(m.norm2(y)))));
    },
  );
}

/** NAFNet (Chen et al. 2022): a U of blocks, maps grown by pixel shuffles. */
export function nafnet({ width = 16, size = 128 } = {}): Definition {
  const down = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 2, stride: 2 });
  const up = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels: 2 * from, kernelSize: 1, bias: false });
  const conv = (inChannels: number, outChannels: number): Layer =>
    conv2d({ inChannels, outChannels, kernelSize: 3, padding: 1 });
  const layers = {
    intro: conv(3, width),
    enc1: nafBlock(width),
    down1: down(width),
    enc2: nafBlock(2 * width),
    down2: down(2 * width),
    middle: sequential([nafBlock(4 * width), nafBlock(4 * width)] as readonly Layer[]),
    up2: up(4 * width),
    dec2: nafBlock(2 * width),
    up1: up(2 * width),
    dec1: nafBlock(width),
    ending: conv(width, 3),
  };
  return model("nafnet", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const first = m.enc1(m.intro(image));
    const second = m.enc2(m.down1(first));
    const deepest = m.middle(m.down2(second));
    const back2 = m.dec2(add(pixelShuffle(m.up2(deepest), 2), second));
    const back1 = m.dec1(add(pixelShuffle(m.up1(back2), 2), first));
    return { output: add(m.ending(back1), image) };
  });
}

/** Group norm, SiLU and a 3×3 convolution, twice, with a shortcut. */
function diffusionBlock(inChannels: number, outChannels: number): Layer {
  const conv = (from: number): Layer =>
    conv2d({ inChannels: from, outChannels, kernelSize: 3, padding: 1 });
  const norm = (numChannels: number): Layer => groupNorm({ numGroups: 8, numChannels });
  return block(
    {
      norm1: norm(inChannels),
      conv1: conv(inChannels),
      norm2: norm(outChannels),
      conv2: conv(outChannels),
      shortcut: conv2d({ inChannels, outChannels, kernelSize: 1 }),
    },
    (m, x: Value) => {
      const inner = m.conv2(silu(m.norm2(m.conv1(silu(m.norm1(x))))));
      return add(inner, inChannels === outChannels ? x : m.shortcut(x));
    },
  );
}

/** Attention of one head over all positions of a map. */
function mapAttention(channels: number, size: number): Layer {
  const conv = (outChannels: number): Layer =>
    conv2d({ inChannels: channels, outChannels, kernelSize: 1 });
  return block(
    {
      norm: groupNorm({ numGroups: 8, numChannels: channels }),
      qkv: conv(3 * channels),
      proj: conv(channels),
    },
    (m, x: Value) => {
      const flat = reshape(m.qkv(m.norm(x)), [1, 3 * channels, size * size]);
      const [q, k, v] = chunk(flat, 3, 1);
      const scale = constant(x, {
        type: { dtype: "f32", dims: [] },
        data: Float32Array.of(channels ** -0.5),
      });
      const scores = softmax(mul(matmul(permute(q!, [0, 2, 1]), k!), scale), { dim: -1 });
      const out = matmul(v!, permute(scores, [0, 2, 1]));
      return add(x, m.proj(reshape(out, [1, channels, size, size])));
    },
  );
}

/** The U-Net of denoising diffusion (Ho et al. 2020), without the embedding of time. */
export function diffusionUnet({ width = 32, size = 64 } = {}): Definition {
  const down = (c: number): Layer =>
    conv2d({ inChannels: c, outChannels: c, kernelSize: 3, stride: 2, padding: 1 });
  const up = (c: number): Layer =>
    block(
      { conv: conv2d({ inChannels: c, outChannels: c, kernelSize: 3, padding: 1 }) },
      (m, x: Value) => m.conv(interpolate(x, 2, { scaleFactor: 2 })),
    );
  const [a, b, c] = [width, 2 * width, 4 * width] as const;
  const layers = {
    intro: conv2d({ inChannels: 3, outChannels: a, kernelSize: 3, padding: 1 }),
    down1: diffusionBlock(a, a),
    half1: down(a),
    down2: diffusionBlock(a, b),
    half2: down(b),
    middle1: diffusionBlock(b, c),
    attention: mapAttention(c, size / 4),
    middle2: diffusionBlock(c, c),
    up2: up(c),
    back2: diffusionBlock(c + b, b),
    up1: up(b),
    back1: diffusionBlock(b + a, a),
    norm: groupNorm({ numGroups: 8, numChannels: a }),
    out: conv2d({ inChannels: a, outChannels: 3, kernelSize: 3, padding: 1 }),
  };
  return model("diffusion-unet", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const first = m.down1(m.intro(image));
    const second = m.down2(m.half1(first));
    const deepest = m.middle2(m.attention(m.middle1(m.half2(second))));
    const back2 = m.back2(cat([m.up2(deepest), second]));
    const back1 = m.back1(cat([m.up1(back2), first]));
    return { noise: m.out(silu(m.norm(back1))) };
  });
}
