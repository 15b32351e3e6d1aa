/** Writes FlatBuffers, the encoding of .tflite files: every table before what it points to, so that offsets count forwards. */

type ScalarKind = "i8" | "i32" | "f32";

interface Scalar {
  readonly kind: ScalarKind;
  readonly value: number;
}
interface Bytes {
  readonly kind: "bytes";
  readonly data: Uint8Array;
  readonly count: number;
  /** Of the first element in the file. */
  readonly alignment: number;
}
interface List {
  readonly kind: "list";
  readonly items: readonly Child[];
}
export interface Table {
  readonly kind: "table";
  /** By the numbers that the schema gives them; undefined where one has its default. */
  readonly fields: readonly Field[];
}
type Child = Bytes | List | Table;
export type Field = Scalar | Child | undefined;

const SIZES: Readonly<Record<ScalarKind, number>> = { i8: 1, i32: 4, f32: 4 };

/** Of one byte: byte, ubyte, bool, and small enumerations. */
export const byte = (value: number): Field => ({ kind: "i8", value });
/** Also of an unsigned one that is below 2³¹. */
export const int = (value: number): Field => ({ kind: "i32", value });
export const float = (value: number): Field => ({ kind: "f32", value });
export const table = (...fields: readonly Field[]): Table => ({ kind: "table", fields });
export const list = (items: readonly Child[]): Field => ({ kind: "list", items });
export const ints = (values: readonly number[]): Field => elements(Int32Array.from(values), 4);
export const longs = (values: readonly number[]): Field =>
  elements(BigInt64Array.from(values, BigInt), 8);
export const floats = (values: Float32Array): Field => elements(values, 4);

/** The elements' bytes as they lie in memory, which is the order that the file wants. */
export function elements(
  values: Uint8Array | Int8Array | Int32Array | Float32Array | BigInt64Array,
  alignment: number,
  count = values.length,
): Bytes {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { kind: "bytes", data, count, alignment };
}

/** With its ending zero, which is not counted. */
export function text(value: string): Field {
  const data = new TextEncoder().encode(`${value}\0`);
  return elements(data, 4, data.length - 1);
}

type Write = (view: DataView, bytes: Uint8Array) => void;

/** The file with this root; `identifier` has four letters. */
export function writeFlatBuffer(root: Table, identifier: string): Uint8Array {
  const writes: Write[] = [];
  let end = 8;
  /** `before` bytes in front of the position lie there too. */
  const allocate = (size: number, alignment: number, before = 0): number => {
    const position = Math.ceil((end + before) / alignment) * alignment;
    end = position + size;
    return position;
  };
  /** Positions are even where offsets to them are read: at the count of a list, or at the table itself. */
  const place = (child: Child): number => {
    if (child.kind === "bytes") {
      const at = allocate(child.data.length, Math.max(child.alignment, 4), 4);
      writes.push((view, bytes) => {
        view.setUint32(at - 4, child.count, true);
        bytes.set(child.data, at);
      });
      return at - 4;
    }
    if (child.kind === "list") {
      const at = allocate(4 + 4 * child.items.length, 4);
      writes.push((view) => view.setUint32(at, child.items.length, true));
      child.items.forEach((item, i) => point(at + 4 + 4 * i, item));
      return at;
    }
    return placeTable(child);
  };
  const point = (from: number, to: Child): void => {
    const target = place(to);
    writes.push((view) => view.setUint32(from, target - from, true));
  };
  const placeTable = ({ fields }: Table): number => {
    const vtable = allocate(4 + 2 * fields.length, 4);
    const offsets = layOut(fields);
    const size = Math.max(4, ...fields.map((field, i) => offsets[i]! + sizeOf(field)));
    const at = allocate(size, 4);
    writes.push((view) => {
      view.setUint16(vtable, 4 + 2 * fields.length, true);
      view.setUint16(vtable + 2, size, true);
      offsets.forEach((offset, i) => view.setUint16(vtable + 4 + 2 * i, offset, true));
      view.setInt32(at, at - vtable, true);
    });
    fields.forEach((field, i) => {
      const position = at + offsets[i]!;
      if (field === undefined) return;
      if ("value" in field) writes.push((view) => writeScalar(view, position, field));
      else point(position, field);
    });
    return at;
  };
  point(0, root);
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(identifier), 4);
  for (const write of writes) write(view, bytes);
  return bytes;
}

/** Where each field lies in its table, 0 where it is absent. */
function layOut(fields: readonly Field[]): number[] {
  let next = 4;
  return fields.map((field) => {
    if (field === undefined) return 0;
    const size = sizeOf(field);
    const offset = Math.ceil(next / size) * size;
    next = offset + size;
    return offset;
  });
}

/** In its table, where a list is an offset. */
function sizeOf(field: Field): number {
  return field === undefined ? 0 : "value" in field ? SIZES[field.kind] : 4;
}

function writeScalar(view: DataView, at: number, { kind, value }: Scalar): void {
  if (kind === "i8") view.setInt8(at, value);
  else if (kind === "i32") view.setInt32(at, value, true);
  else view.setFloat32(at, value, true);
}
