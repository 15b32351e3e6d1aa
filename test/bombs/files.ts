/** Bombs beside models: files of weights, inputs and schedules that say more than they hold, unpack to gigabytes, or are long lists of nothing. */
import { constants, crc32, deflateRawSync } from "node:zlib";
import { npyFile, npyHeader, safetensorsFile, zipFile } from "../support/weightFiles.js";
import { times, type Bomb } from "./bomb.js";

const MODEL = `model m(%x: f32[1,2,4,4]) {
  %c = conv(%x, @c.weight, @c.bias)
  return y = %c
}
@c.weight : f32[3,2,3,3] = seed 1 center 0 spread 1
@c.bias : f32[3] = seed 2 center 0 spread 1
`;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A small model that is given the file by an option. */
function beside(option: string, title: string, name: string, bytes: () => Uint8Array): Bomb {
  return {
    title,
    file: "m.tw",
    bytes: () => utf8(MODEL),
    beside: { [name]: bytes },
    args: [option, option === "--bind" ? `x=@${name}` : `@${name}`],
  };
}

const npz = (title: string, bytes: () => Uint8Array): Bomb =>
  beside("--weights-from", `.npz: ${title}`, "w.npz", bytes);
const npy = (title: string, bytes: () => Uint8Array): Bomb =>
  beside("--bind", `.npy: ${title}`, "x.npy", bytes);
const safetensors = (title: string, bytes: () => Uint8Array): Bomb =>
  beside("--weights-from", `.safetensors: ${title}`, "w.safetensors", bytes);
const schedules = (title: string, kernels: () => string): Bomb =>
  beside("--schedules", `schedules: ${title}`, "m.tune.json", () =>
    utf8(`{"format":"tilewright schedules 1","kernels":${kernels()}}`),
  );

/** An array of so many zeros. */
const zeros = (count: number): Uint8Array =>
  npyFile(npyHeader("<f4", `(${count},)`), new Uint8Array(4 * count));

const MEGABYTE = 2 ** 20;

/** An archive with one array of so many megabytes, a thousandth of that when packed, and what it claims to be. */
function inflating(megabytes: number, claimed = 128 + megabytes * MEGABYTE): Uint8Array {
  const text = npyHeader("<f4", `(${(megabytes * MEGABYTE) / 4},)`);
  const header = npyFile(text.padEnd(128 - 11), EMPTY);
  const flushed = { finishFlush: constants.Z_FULL_FLUSH };
  const first = deflateRawSync(header, flushed);
  const block = new Uint8Array(MEGABYTE);
  const packedBlock = deflateRawSync(block, flushed);
  const blocks = times(megabytes, () => packedBlock);
  const packed = Buffer.concat([first, ...blocks, deflateRawSync(EMPTY)]);
  // What is refused before it is read has no CRC.
  const read = times(megabytes <= 256 ? megabytes : 0, () => block);
  const crc = read.reduce((value, zeros) => crc32(zeros, value), crc32(header));
  const archive = Buffer.from(zipFile({ "w.npy": EMPTY }, { deflate: true }));
  const [start, central] = [30 + "w.npy".length, archive.readUInt32LE(archive.length - 6)];
  for (const at of [0, central + 2]) {
    archive.writeUInt32LE(crc, at + 14);
    archive.writeUInt32LE(packed.length, at + 18);
    archive.writeUInt32LE(claimed, at + 22);
  }
  archive.writeUInt32LE(start + packed.length, archive.length - 6);
  return Buffer.concat([archive.subarray(0, start), packed, archive.subarray(central)]);
}

const EMPTY = new Uint8Array(0);

/** An archive whose directory has one entry so often, by other names. */
function repeated(count: number, content: Uint8Array): Uint8Array {
  const archive = Buffer.from(zipFile({ "w0000.npy": content }, { deflate: true }));
  const [central, end] = [archive.readUInt32LE(archive.length - 6), archive.length - 22];
  const entries = times(count, (i) => {
    const entry = Buffer.from(archive.subarray(central, end));
    entry.write(String(i).padStart(4, "0"), 47);
    return entry;
  });
  const last = Buffer.from(archive.subarray(end));
  for (const at of [8, 10]) last.writeUInt16LE(count, at);
  last.writeUInt32LE(count * (end - central), 12);
  return Buffer.concat([archive.subarray(0, central), ...entries, last]);
}

const entry = (from: number, to: number): string =>
  `{"dtype":"F32","shape":[${(to - from) / 4}],"data_offsets":[${from},${to}]}`;

/** A header with an entry for each number. */
function table(count: number, make: (i: number) => string, size = 0): Uint8Array {
  const entries = times(count, (i) => `"w${i}":${make(i)}`);
  return safetensorsFile(`{${entries.join(",")}}`, new Uint8Array(size));
}

const list = (count: number, text: string): string => `[${times(count, () => text).join(",")}]`;
const KERNEL = `"key":"0123456789abcdef","engine":"ts","kernel":"","runs":[],"gain":2`;

export const files: readonly Bomb[] = [
  npz("100 entries that are one array of 16 MB", () => repeated(100, zeros(2 ** 22))),
  npz("9,999 entries that are one array", () => repeated(9999, zeros(16))),
  npz("an array that is 3 GB unpacked", () => inflating(3072)),
  npz("an array that is 4 GB unpacked, and claims 100 bytes", () => inflating(4096, 100)),
  npz("an array that is 200 MB unpacked", () => inflating(200)),
  npz("an array of nothing that claims 3 GB", () => inflating(0, 3072 * MEGABYTE)),
  npz("20,000 arrays of nothing", () =>
    zipFile(Object.fromEntries(times(20_000, (i) => [`w${i}.npy`, zeros(0)]))),
  ),
  npz("50,000 entries that are no arrays", () =>
    zipFile(Object.fromEntries(times(50_000, (i) => [`w${i}.txt`, EMPTY]))),
  ),
  npz("60 MB of nothing", () => new Uint8Array(60 * MEGABYTE)),
  safetensors("3,000 entries over one megabyte", () =>
    table(3000, () => entry(0, MEGABYTE), MEGABYTE),
  ),
  safetensors("200,000 entries of nothing", () => table(200_000, () => entry(0, 0))),
  safetensors("200,000 entries that overlap", () => table(200_000, () => entry(0, 4), 4)),
  safetensors("a million wrong entries", () => table(1_000_000, () => "1")),
  safetensors("a million texts of metadata", () =>
    safetensorsFile(`{"__metadata__":{${times(1_000_000, (i) => `"${i}":""`).join(",")}}}`, EMPTY),
  ),
  safetensors("a million wrong texts of metadata", () =>
    safetensorsFile(`{"__metadata__":{${times(1_000_000, (i) => `"${i}":1`).join(",")}}}`, EMPTY),
  ),
  safetensors("tables in tables", () =>
    safetensorsFile(`${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}`, EMPTY),
  ),
  safetensors("a shape of a million dims", () =>
    table(1, () => `{"dtype":"F32","shape":${list(1_000_000, "1")},"data_offsets":[0,4]}`, 4),
  ),
  safetensors("a name of 50 megabytes", () =>
    safetensorsFile(`{"${"w".repeat(50 * MEGABYTE)}":${entry(0, 0)}}`, EMPTY),
  ),
  safetensors("a header that claims 2^62 bytes", () => {
    const bytes = safetensorsFile("{}", EMPTY);
    bytes[7] = 0x40;
    return bytes;
  }),
  npy("2^29 values that are not there", () => npyFile(npyHeader("<f4", "(536870911,)"), EMPTY)),
  npy("2^90 values", () => npyFile(npyHeader("<f4", "(1073741824,1073741824,1073741824)"), EMPTY)),
  npy("a header of 4 GB", () =>
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255),
  ),
  npy("a header of blanks", () => npyFile(`{${" ".repeat(50_000)}`, EMPTY)),
  npy("10,000 brackets", () => npyFile("(".repeat(9_999), EMPTY)),
  npy("20 million values", () => zeros(20_000_000)),
  schedules("a million empty entries", () => list(1_000_000, "{}")),
  schedules("tables of a hundred thousand axes", () =>
    list(
      3,
      `{${KERNEL},"schedules":[{"order":[],"lanes":1,"split":{${times(100_000, (i) => `"${i}":1`).join(",")}}}]}`,
    ),
  ),
  schedules("a million wrong schedules", () =>
    list(1, `{${KERNEL},"schedules":${list(1_000_000, "{}")}}`),
  ),
  schedules("lists in lists", () => "[".repeat(2_000_000)),
  schedules("50 megabytes", () => list(25_000_000, "1")),
];
