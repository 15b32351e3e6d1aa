/** What is used of the web's types, in words of our own: programs may have those of Node, those of the DOM, or neither. */

/** A `URL`. */
export interface UrlLike {
  readonly href: string;
}

/** A `Request`. */
export interface RequestLike {
  readonly url: string;
}

/** A `Response`. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly type: string;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  readonly body: BodyLike | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A `ReadableStream` of bytes. */
export interface BodyLike {
  getReader(): ReaderLike;
  cancel(): Promise<void>;
}

export interface ReaderLike {
  read(): Promise<
    | { readonly done: false; readonly value: Uint8Array }
    | { readonly done: true; readonly value?: Uint8Array | undefined }
  >;
  cancel(): Promise<void>;
}

/** An `AbortSignal`. */
export interface AbortSignalLike {
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A `Float16Array`. */
export interface Float16ArrayLike extends ArrayLike<number> {
  readonly [Symbol.toStringTag]: "Float16Array";
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  set(values: ArrayLike<number>, offset?: number): void;
  slice(from?: number, to?: number): Float16ArrayLike;
}
