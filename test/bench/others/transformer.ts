/** What networks with attention are made of: heads, perceptrons, and tables that stand for trained ones. */
import {
  add,
  block,
  chunk,
  constant,
  layerNorm,
  linear,
  matmul,
  mul,
  permute,
  reshape,
  sequential,
  softmax,
  squeeze,
  type Layer,
  type Value,
} from "tilewright";

/** A table that stands for a trained one. */
export function table(like: Value, dims: readonly number[], name: string, spread: number): Value {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length }, (_, i) => spread * Math.sin(i * 1.7));
  return constant(like, { type: { dtype: "f32", dims }, data }, name);
}

export function scalar(like: Value, value: number): Value {
  return constant(like, { type: { dtype: "f32", dims: [] }, data: Float32Array.of(value) });
}

/** Attention within each of `count` rows of `length` tokens; `bias` is added to the scores. */
export function attention(
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

export function perceptron(dim: number, hidden: number, activation: Layer): Layer {
  return sequential([
    linear({ inFeatures: dim, outFeatures: hidden }),
    activation,
    linear({ inFeatures: hidden, outFeatures: dim }),
  ] as readonly Layer[]);
}

/** Attention and a perceptron, each behind a norm and with what comes in added. */
export function encoder(dim: number, mixing: Layer, hidden: number, activation: Layer): Layer {
  const norm = layerNorm({ normalizedShape: dim });
  return block(
    { norm1: norm, mixing, norm2: norm, mlp: perceptron(dim, hidden, activation) },
    (m, x: Value) => {
      const y = add(x, m.mixing(m.norm1(x)));
      return add(y, m.mlp(m.norm2(y)));
    },
  );
}
