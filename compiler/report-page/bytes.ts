/** Numbers as base64, little-endian: what takes least in JSON and on a page. */

export function packFloats(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => bytes.setFloat32(4 * i, value, true));
  return packBytes(new Uint8Array(bytes.buffer));
}

export function unpackFloats(text: string): Float32Array {
  const bytes = unpackBytes(text);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

export function packBytes(bytes: Uint8Array): string {
  let text = "";
  // Arguments of a call are few.
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

export function unpackBytes(text: string): Uint8Array<ArrayBuffer> {
  const decoded = atob(text);
  return Uint8Array.from({ length: decoded.length }, (_, i) => decoded.charCodeAt(i));
}
