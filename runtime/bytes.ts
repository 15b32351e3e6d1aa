/** Bytes that somebody has at hand, in whatever array and of whatever realm they are. */

/** Whether something is bytes, and no address: test environments have typed arrays of their own beside Node's. */
export function isBytes(given: unknown): given is ArrayBuffer | Uint8Array {
  return ArrayBuffer.isView(given) || /Buffer\]$/.test(Object.prototype.toString.call(given));
}

/** Without a copy. Throws a TypeError where they were transferred away. */
export function bytesOf(what: string, given: ArrayBuffer | Uint8Array): Uint8Array {
  if (isDetached(given)) throw new TypeError(`${what}: its bytes ${TRANSFERRED}`);
  if (given instanceof Uint8Array) return given;
  return ArrayBuffer.isView(given)
    ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    : new Uint8Array(given);
}

/** What to say behind the size of an array; nothing where that is as it was. */
export function lost(array: unknown): string {
  return ArrayBuffer.isView(array) && isDetached(array) ? `, whose bytes ${TRANSFERRED}` : "";
}

/** What happened, and what to do. */
const TRANSFERRED = "were transferred away, by postMessage or structuredClone: pass a copy";

/** Whether the memory of an array or buffer is somebody else's now: engines make no view of it any more. */
function isDetached(given: unknown): boolean {
  const buffer = ArrayBuffer.isView(given) ? given.buffer : given;
  try {
    return new Uint8Array(buffer as ArrayBuffer) === undefined;
  } catch {
    return true;
  }
}
