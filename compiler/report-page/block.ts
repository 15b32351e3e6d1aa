/** Layers that a drawing can show as one. */
export interface Block {
  /** `layer1.0` */
  readonly path: string;
  /** The block that it is in. */
  readonly inside?: string;
  readonly items: readonly string[];
}
