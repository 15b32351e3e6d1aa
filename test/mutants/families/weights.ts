/** Files of weights and inputs that are wrong somewhere, beside a model that is right. */
import { mutatedBytes } from "../bytes.js";
import type { Family, Mutant } from "../family.js";
import type { Random } from "../../support/random.js";
import { npyFile, npyHeader, safetensorsFile, zipFile } from "../../support/weightFiles.js";
import { mutatedText } from "../tokens.js";

const MODEL = Buffer.from(`model m(%x: f32[1,2,3,3]) {
  %c = conv(%x, @c.weight, @c.bias)
  %s = add(%c, @scale)
  return y = %s
}
@c.weight : f32[3,2,2,2] = seed 1 center 0 spread 1
@c.bias : f32[3] = seed 2 center 0 spread 1
@scale : f32[] = seed 3 center 0 spread 1
`);

const floats = (count: number, random: Random): Uint8Array =>
  new Uint8Array(Float32Array.from({ length: count }, () => random.int(-99, 99) / 64).buffer);

function beside(name: string, bytes: Uint8Array): Mutant {
  const words = ["@m.tw", "--weights-from", `@${name}`];
  return { files: { "m.tw": MODEL, [name]: bytes }, words, verb: "check" };
}

const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ["c.weight", [3, 2, 2, 2]],
  ["c.bias", [3]],
  ["scale", []],
];
const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** What is written of an element type takes so many bytes. */
const DTYPES: Readonly<Record<string, number>> = {
  F32: 4,
  F64: 8,
  F16: 2,
  BF16: 2,
  I32: 4,
  I64: 8,
  U8: 1,
};

function safetensors(random: Random, change: (header: string) => string): Uint8Array {
  const dtype = random.chance(0.5) ? "F32" : random.pick(Object.keys(DTYPES));
  let end = 0;
  const entries = random.shuffle(SHAPES).map(([name, shape]) => {
    const from = end;
    end += sizeOf(shape) * DTYPES[dtype]!;
    return [name, { dtype, shape, data_offsets: [from, end] }] as const;
  });
  const metadata = random.chance(0.3) ? { __metadata__: { format: "pt" } } : {};
  const header = JSON.stringify({ ...metadata, ...Object.fromEntries(random.shuffle(entries)) });
  const body =
    dtype === "F32" ? floats(end / 4, random) : new Uint8Array(end).fill(random.int(0, 63));
  return safetensorsFile(change(header), body);
}

const same = <T>(value: T): T => value;

export const safetensorsFamily: Family = {
  name: "safetensors",
  share: 220,
  runs: 50,
  draw(random) {
    const inHeader = random.chance(0.6);
    const bytes = safetensors(random, inHeader ? (text) => mutatedText(text, random) : same);
    return beside("w.safetensors", inHeader ? bytes : mutatedBytes(bytes, random));
  },
};

const NUMPY: readonly (readonly [string, number])[] = [
  ...([
    ["<f4", 4],
    ["<f4", 4],
    ["<f4", 4],
    ["<f8", 8],
    ["<f2", 2],
    ["<i8", 8],
  ] as const),
  ...([
    ["<i4", 4],
    ["|u1", 1],
    ["|i1", 1],
    ["|b1", 1],
    [">f4", 4],
  ] as const),
];

function npy(dims: readonly number[], random: Random, change: (header: string) => string = same) {
  const [descr, size] = random.pick(NUMPY);
  const count = sizeOf(dims);
  const values = descr === "<f4" ? floats(count, random) : new Uint8Array(count * size).fill(1);
  const shape = `(${dims.join(", ")}${dims.length === 1 ? "," : ""})`;
  const version = [random.chance(0.8) ? 1 : random.int(1, 3), 0] as const;
  return npyFile(change(npyHeader(descr, shape)), values, version);
}

const mutatedNpy = (dims: readonly number[], random: Random): Uint8Array =>
  random.chance(0.6)
    ? npy(dims, random, (header) => mutatedText(header, random))
    : mutatedBytes(npy(dims, random), random);

export const npzFamily: Family = {
  name: "npz",
  share: 220,
  runs: 10,
  draw(random) {
    const [deflate, zip64, streamed] = [0.5, 0.3, 0.3].map((share) => random.chance(share));
    const inArray = random.chance(0.3) ? random.pick(SHAPES)[0] : undefined;
    const entries = SHAPES.map(([name, dims]) => [
      `${random.chance(0.02) ? mutatedText(name, random) : name}.npy`,
      name === inArray ? mutatedNpy(dims, random) : npy(dims, random),
    ]);
    const options = { deflate: deflate!, zip64: zip64!, streamed: streamed! };
    const bytes = zipFile(Object.fromEntries(entries) as Record<string, Uint8Array>, options);
    return beside("w.npz", inArray === undefined ? mutatedBytes(bytes, random) : bytes);
  },
};

export const npyFamily: Family = {
  name: "npy",
  share: 189,
  runs: 50,
  draw(random) {
    const words = ["@m.tw", "--bind", "x=@x.npy"];
    const bytes = mutatedNpy([1, 2, 3, 3], random);
    return { files: { "m.tw": MODEL, "x.npy": bytes }, words, verb: "check" };
  },
};
