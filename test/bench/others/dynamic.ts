/** A network whose convolutions find scales in each run: U²-Net (Qin et al. 2020), as onnxruntime's tool quantises it. */
import {
  add,
  block,
  cat,
  conv2d,
  interpolate,
  maxPool2d,
  model,
  relu,
  sequential,
  type Layer,
  type Value,
} from "tilewright";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { quantizeDynamically } from "../../support/dynamicQuantizer.js";
import { floatBytes, floatModel } from "../../support/floatModel.js";
import { caseOf } from "../convolutions.js";
import type { Case, MakeCase } from "../peer.js";

function conv(inChannels: number, outChannels: number, dilation = 1): Layer {
  return sequential([
    conv2d({ inChannels, outChannels, kernelSize: 3, padding: dilation, dilation }),
    relu(),
  ]);
}

const pool = maxPool2d({ kernelSize: 2 });
const up = (x: Value): Value => interpolate(x, 2, { scaleFactor: 2, mode: "linear" });

/** A small U-Net of so many levels, added to what it reads. */
function nested(levels: number, inChannels: number, inner: number, outChannels: number): Layer {
  const down = Array.from({ length: levels }, (_, i) => conv(i === 0 ? outChannels : inner, inner));
  const back = down.map((_, i) => conv(2 * inner, i === 0 ? outChannels : inner));
  const layers = {
    first: conv(inChannels, outChannels),
    deepest: conv(inner, inner, 2),
    pool,
    ...Object.fromEntries(down.map((layer, i) => [`down${i}`, layer])),
    ...Object.fromEntries(back.map((layer, i) => [`back${i}`, layer])),
  } as Record<string, Layer>;
  return block(layers, (m, x) => {
    const first: Value = m["first"]!(x);
    const maps: Value[] = [];
    let y = first;
    for (let i = 0; i < levels; i++) {
      y = m[`down${i}`]!(i === 0 ? y : m["pool"]!(y));
      maps.push(y);
    }
    y = m["deepest"]!(y);
    for (let i = levels - 1; i >= 0; i--) {
      y = m[`back${i}`]!(cat([y, maps[i]!]));
      if (i > 0) y = up(y);
    }
    return add(y, first);
  });
}

function u2net(size: number) {
  const layers = {
    encode0: nested(5, 3, 16, 32),
    encode1: nested(4, 32, 16, 64),
    encode2: nested(3, 64, 32, 128),
    deepest: nested(2, 128, 64, 128),
    decode2: nested(3, 256, 32, 64),
    decode1: nested(4, 128, 16, 32),
    decode0: nested(5, 64, 16, 32),
    pool,
    mask: conv2d({ inChannels: 32, outChannels: 1, kernelSize: 3, padding: 1 }),
  };
  return model("u2net", { image: [1, 3, size, size] }, layers, (m, { image }) => {
    const a = m.encode0(image);
    const b = m.encode1(m.pool(a));
    const c = m.encode2(m.pool(b));
    const d = m.deepest(m.pool(c));
    const e = m.decode2(cat([up(d), c]));
    const f = m.decode1(cat([up(e), b]));
    const g = m.decode0(cat([up(f), a]));
    return { logits: m.mask(g) };
  });
}

function dynamicCase(name: string): Case {
  const written = quantizeDynamically(floatModel(u2net(128), 1));
  const onnx = floatBytes(written, [written.output]);
  // A scale that differs in its last bit moves integers by a step, layer after layer.
  return {
    ...caseOf(name, readOnnx(onnx)),
    onnx,
    tolerance: 0.25,
  };
}

export const dynamic: readonly MakeCase[] = [
  { name: "U2-Net of u8, scales found in each run", make: dynamicCase },
];
