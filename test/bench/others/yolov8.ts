/** YOLOv8n (Jocher et al. 2023), its boxes decoded: SiLU everywhere, blocks that concatenate the parts of a split. */
import {
  add,
  block,
  cat,
  chunk,
  conv2d,
  interpolate,
  maxPool2d,
  model,
  permute,
  reshape,
  sequential,
  sigmoid,
  silu,
  softmax,
  split,
  type Layer,
  type Value,
} from "tilewright";
import { lazyCase } from "../convolutions.js";
import { convNormActivation } from "../../../examples/layers.js";
import type { MakeCase } from "../peer.js";

function conv(inChannels: number, outChannels: number, kernelSize = 3, stride = 1): Layer {
  return convNormActivation({
    inChannels,
    outChannels,
    kernelSize,
    stride,
    eps: 1e-3,
    activation: silu(),
  });
}

function bottleneck(channels: number, shortcut: boolean): Layer {
  return block({ cv1: conv(channels, channels), cv2: conv(channels, channels) }, (m, x) =>
    shortcut ? add(x, m.cv2(m.cv1(x))) : m.cv2(m.cv1(x)),
  );
}

/** Both halves of a convolution's channels and what each of a chain of bottlenecks makes of the last, joined. */
function c2f(inChannels: number, outChannels: number, repeats: number, shortcut: boolean): Layer {
  const half = outChannels / 2;
  const chain = Array.from({ length: repeats }, (_, i) => [
    `m${i}`,
    bottleneck(half, shortcut),
  ]) as [string, Layer][];
  const layers: Record<string, Layer> = {
    cv1: conv(inChannels, outChannels, 1),
    cv2: conv((2 + repeats) * half, outChannels, 1),
    ...Object.fromEntries(chain),
  };
  return block(layers, (m, x) => {
    const parts: Value[] = [...chunk(m["cv1"]!(x), 2, 1)];
    for (const [name] of chain) parts.push(m[name]!(parts.at(-1)!));
    return m["cv2"]!(cat(parts));
  });
}

function pyramidPool(channels: number): Layer {
  const pool = maxPool2d({ kernelSize: 5, stride: 1, padding: 2 });
  return block(
    { cv1: conv(channels, channels / 2, 1), cv2: conv(2 * channels, channels, 1) },
    (m, x) => {
      const first = m.cv1(x);
      const maps = [first];
      for (let i = 0; i < 3; i++) maps.push(pool.build(`pool${i}`)(maps.at(-1)!));
      return m.cv2(cat(maps));
    },
  );
}

const BINS = 16;
const CLASSES = 80;

/** What one map says of its boxes and classes. */
function head(channels: number): Layer {
  const branch = (inner: number, outChannels: number): Layer =>
    sequential([
      conv(channels, inner),
      conv(inner, inner),
      conv2d({ inChannels: inner, outChannels, kernelSize: 1 }),
    ] as readonly Layer[]);
  return block({ cv2: branch(64, 4 * BINS), cv3: branch(80, CLASSES) }, (m, x) =>
    cat([m.cv2(x), m.cv3(x)]),
  );
}

function yolo(size: number) {
  const layers = {
    stem: sequential([conv(3, 16, 3, 2), conv(16, 32, 3, 2), c2f(32, 32, 1, true)]),
    third: sequential([conv(32, 64, 3, 2), c2f(64, 64, 2, true)]),
    fourth: sequential([conv(64, 128, 3, 2), c2f(128, 128, 2, true)]),
    fifth: sequential([conv(128, 256, 3, 2), c2f(256, 256, 1, true), pyramidPool(256)]),
    down4: c2f(384, 128, 1, false),
    down3: c2f(192, 64, 1, false),
    up4: conv(64, 64, 3, 2),
    out4: c2f(192, 128, 1, false),
    up5: conv(128, 128, 3, 2),
    out5: c2f(384, 256, 1, false),
    head3: head(64),
    head4: head(128),
    head5: head(256),
    bins: conv2d({ inChannels: BINS, outChannels: 1, kernelSize: 1, bias: false }),
  };
  return model("yolov8n", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const double = (x: Value): Value => interpolate(x, 2, { scaleFactor: 2 });
    const third = m.third(m.stem(image));
    const fourth = m.fourth(third);
    const fifth = m.fifth(fourth);
    const inner = m.down4(cat([double(fifth), fourth]));
    const first = m.down3(cat([double(inner), third]));
    const second = m.out4(cat([m.up4(first), inner]));
    const last = m.out5(cat([m.up5(second), fifth]));
    const maps = [m.head3(first), m.head4(second), m.head5(last)];
    const flat = maps.map((map) => reshape(map, [1, 4 * BINS + CLASSES, -1]));
    const all = cat(flat, 2);
    const [boxes, scores] = split(all, [4 * BINS, CLASSES], 1);
    const spread = softmax(permute(reshape(boxes!, [1, 4, BINS, -1]), [0, 2, 1, 3]), { dim: 1 });
    return { boxes: reshape(m.bins(spread), [1, 4, -1]), scores: sigmoid(scores!) };
  });
}

export const yolov8: readonly MakeCase[] = [lazyCase("YOLOv8n 320²", () => yolo(320))];
