/** What a build writes: named contents, before anything touches a disk. */

export interface OutputFile {
  /** A file name without folders. */
  readonly path: string;
  readonly content: string | Uint8Array;
}
