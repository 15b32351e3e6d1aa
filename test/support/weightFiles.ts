/** Writes weights files as they should be and as they should not, byte by byte. */
import { crc32, deflateRawSync } from "node:zlib";

/** A safetensors file of a header as it is, right or wrong. */
export function safetensorsFile(
  header: object | string,
  body: Uint8Array = new Uint8Array(16),
): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Uint8Array.from(Buffer.concat([length, text, body]));
}

/** An .npy file of a header as it is, right or wrong. */
export function npyFile(
  header: string,
  values: Uint8Array,
  version: readonly [number, number] = [1, 0],
): Uint8Array {
  const text = Buffer.from(`${header}\n`, "latin1");
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version]);
  return Uint8Array.from(Buffer.concat([start, length, text, values]));
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }` */
export function npyHeader(descr: string, shape: string): string {
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
}

export function npyOfFloats(values: readonly number[]): Uint8Array {
  const data = Float32Array.from(values);
  return npyFile(npyHeader("<f4", `(${values.length},)`), new Uint8Array(data.buffer));
}

export interface ZipOptions {
  readonly deflate?: boolean;
  /** With the numbers of ZIP64, as NumPy writes local headers and large archives. */
  readonly zip64?: boolean;
  /** CRC and sizes behind the data, as to a pipe. */
  readonly streamed?: boolean;
}

const little = (bytes: number, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};

/** Numbers of 2 bytes, unless others are given. */
const record = (...parts: readonly (number | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? little(2, part) : part)));

const long = (value: number): Buffer => little(4, value);
const longer = (value: number): Buffer => little(8, value);
const SATURATED = 0xffffffff;

/** A ZIP archive. */
export function zipFile(
  entries: Readonly<Record<string, Uint8Array>>,
  options: ZipOptions = {},
): Uint8Array {
  const { deflate = false, zip64 = false, streamed = false } = options;
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [text, content] of Object.entries(entries)) {
    const name = Buffer.from(text);
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const method = deflate ? 8 : 0;
    const crc = crc32(content);
    const [flags, known] = streamed ? [8, 0] : [0, 1];
    const sizes = zip64
      ? record(1, 16, longer(content.length * known), longer(packed.length * known))
      : Buffer.alloc(0);
    const field = (value: number): Buffer => long(zip64 ? SATURATED : value);
    const local = record(
      ...[long(0x04034b50), 20, flags, method, 0, 0x21, long(crc * known)],
      ...[field(packed.length * known), field(content.length * known)],
      ...[name.length, sizes.length, name, sizes],
    );
    const number = zip64 ? longer : long;
    const behind = streamed
      ? record(long(0x08074b50), long(crc), number(packed.length), number(content.length))
      : Buffer.alloc(0);
    const extra = zip64
      ? record(1, 24, longer(content.length), longer(packed.length), longer(offset))
      : Buffer.alloc(0);
    const shared = [20, 20, flags, method, 0, 0x21, long(crc)];
    directory.push(
      record(
        ...[long(0x02014b50), ...shared, field(packed.length), field(content.length)],
        ...[name.length, extra.length, 0, 0, 0, long(0), field(offset), name, extra],
      ),
    );
    parts.push(local, packed, behind);
    offset += local.length + packed.length + behind.length;
  }
  const central = Buffer.concat(directory);
  const count = directory.length;
  if (zip64) {
    const at = offset + central.length;
    parts.push(
      central,
      record(long(0x06064b50), longer(44), 45, 45, long(0), long(0), longer(count), longer(count)),
      record(longer(central.length), longer(offset)),
      record(long(0x07064b50), long(0), longer(at), long(1)),
      record(long(0x06054b50), 0, 0, 0xffff, 0xffff, long(SATURATED), long(SATURATED), 0),
    );
  } else {
    const end = [long(0x06054b50), 0, 0, count, count, long(central.length), long(offset), 0];
    parts.push(central, record(...end));
  }
  return Uint8Array.from(Buffer.concat(parts));
}
