/** Folders in ONNX's test layout whose files are wrong, swapped, missing, or something else than files. */
import { writeNpy } from "../../../compiler/cli/npy.js";
import { encodeTensor, ONNX_TYPES } from "../../../compiler/onnx/proto.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { onnxModel } from "../../support/onnxModel.js";
import type { Random } from "../../support/random.js";
import { zipFile } from "../../support/weightFiles.js";
import { mutatedBytes } from "../bytes.js";
import { NAMES, type Family } from "../family.js";

const SET = "test_data_set_0";

const x = tensor("f32", [2, 3], [1, -2, 3, 0, 0.5, 7]);
const shape = tensor("i64", [2], [3, -1]);
const y = tensor("f32", [3, 2], [1, 2, 3, 0, 0.5, 7]);
const t = tensor("f32", [2, 3], [1, 2, 3, 0, 0.5, 7]);

const TEXT = Buffer.from(`model m(%x: f32[2,3], %shape: i64[2]) {
  %t = abs(%x)
  %y = reshape(%t, %shape)
  return y = %y, t = %t
}
`);

const ONNX = onnxModel({
  inputs: { x: "f32[2,3]", shape: "i64[2]" },
  nodes: [
    { op: "Abs", in: ["x"], out: ["t"] },
    { op: "Reshape", in: ["t", "shape"], out: ["y"] },
  ],
  outputs: ["y", "t"],
});

const npy = ({ type, data }: Tensor): Uint8Array => writeNpy(type, data);
const pb = (name: string, { type, data }: Tensor): Uint8Array =>
  encodeTensor({
    name,
    dims: type.dims,
    dataType: ONNX_TYPES[type.dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });

type Parts = Map<string, Uint8Array | undefined>;

function folder(random: Random): Parts {
  const inText = random.chance(0.5);
  const set = (kind: string, i: number, name: string, value: Tensor) =>
    inText
      ? ([`${SET}/${kind}_${i}.npy`, npy(value)] as const)
      : ([`${SET}/${kind}_${i}.pb`, pb(name, value)] as const);
  const values = zipFile({ "t.npy": npy(t), "y.npy": npy(y) }, { deflate: true });
  return new Map<string, Uint8Array | undefined>([
    inText ? ["model.tw", TEXT] : ["model.onnx", ONNX],
    set("input", 0, "x", x),
    set("input", 1, "shape", shape),
    set("output", 0, "y", y),
    set("output", 1, "t", t),
    ...(random.chance(0.5) ? [[`${SET}/values.npz`, values] as const] : []),
  ]);
}

type Change = (parts: Parts, path: string, random: Random) => void;

const mutate: Change = (parts, path, random) =>
  void parts.set(path, mutatedBytes(parts.get(path) ?? new Uint8Array(0), random));
const remove: Change = (parts, path) => void parts.delete(path);
const swap: Change = (parts, path, random) => {
  const other = random.pick([...parts.keys()]);
  const [own, theirs] = [parts.get(path), parts.get(other)];
  parts.set(path, theirs).set(other, own);
};
const empty: Change = (parts, path) => void parts.set(path, new Uint8Array(0));
const makeFolder: Change = (parts, path) => void parts.set(path, undefined);

/** Of another kind, or at another place. */
const rename: Change = (parts, path, random) => {
  const renamed = random.pick([
    path.replace(/\.\w+$/, random.pick([".npy", ".pb", ".onnx", ".tw", ".npz"])),
    path.replace(/\d(?=\.)/, String(random.int(0, 9))),
    path.replace("input", "output"),
    path.replace(SET, random.pick(["test_data_set_1", "test_data_set_99999999999999999999", "x"])),
  ]);
  parts.set(renamed, parts.get(path));
  if (random.chance(0.7) && renamed !== path) parts.delete(path);
};

/** Values that other types hold. */
const retype: Change = (parts, path, random) => {
  const dtype = random.pick(["f32", "i32", "i64", "u8", "i8", "bool"] as const);
  const dims = random.pick([[2, 3], [3, 2], [2], [6], [], [0], [1, 2, 3]]);
  const count = dims.reduce((a, b) => a * b, 1);
  const value = tensor(
    dtype,
    dims,
    Array.from({ length: count }, () => random.int(0, 3)),
  );
  if (value.data instanceof BigInt64Array && count > 0 && random.chance(0.5))
    value.data[0] = 2n ** 40n;
  const name = random.pick(["x", "shape", "y", "t", ...NAMES]);
  parts.set(path, path.endsWith(".pb") ? pb(name, value) : npy(value));
};

const CHANGES: readonly Change[] = [
  ...[mutate, mutate, mutate, mutate, remove, swap, rename, retype, retype, empty, makeFolder],
];

export const foldersFamily: Family = {
  name: "folders",
  share: 6,
  runs: Infinity,
  draw(random) {
    const parts = folder(random);
    for (let i = random.chance(0.25) ? 2 : 1; i > 0; i--) {
      const paths = [...parts.keys()];
      if (paths.length > 0) random.pick(CHANGES)(parts, random.pick(paths), random);
    }
    const words = ["@", ...(random.chance(0.3) ? ["--bisect"] : [])];
    return { files: Object.fromEntries(parts), words, verb: "verify" };
  },
};
