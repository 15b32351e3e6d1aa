/** Where a value lives: a strided, possibly blocked window into a buffer, with margins around it. */
import type { Boundary } from "../compute/ir.js";

/**
 * Element (i0, i1, …) of a value lies at `offset + Σ i_d · strides[d]` elements into the buffer; for the
 * blocked dimension the term is `floor(i / size) · stride + (i mod size) · strides[dim]`.
 */
export interface Place {
  /** A number that whoever lays values out has for it. */
  readonly buffer: number;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly block?: Block;
  /** Elements before and after the value in each dimension that hold what `fill` says, for whoever has this place. */
  readonly margin?: Margin;
  readonly fill?: Boundary;
}

/** Elements before and after a value, per dimension. */
export type Margin = readonly (readonly [before: number, after: number])[];

/** Where a kernel's inputs live, by name; its result lives at "out" and its constants at their names. */
export type Places = Readonly<Record<string, Place>>;

export interface Block {
  readonly dim: number;
  readonly size: number;
  /** Elements from one block to the next. */
  readonly stride: number;
}
