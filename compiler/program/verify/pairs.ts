/** Lays an expression beside the one that it is to mean, and yields the indices that then have to agree. */
import type { Expr, Index, IndexTerm, Load } from "../../compute/ir.js";
import { sameBoundary } from "../../place/access.js";

/** What two expressions that are built alike differ in, if in anything. */
export interface Pairs {
  /** Indices as they were meant and as they are. */
  readonly indices: (readonly [meant: Index, own: Index])[];
  /** Loads of what is somewhere else now. */
  readonly moved: (readonly [meant: Load, own: Load])[];
}

/** How a source is called now: by another name, or "moved" where its elements have other indices. */
export type Renamed = (source: string) => { readonly name: string; readonly moved: boolean };

/** Whether two expressions are built alike, indices apart: those are collected. */
export function pairUp(
  meant: Expr | undefined,
  own: Expr | undefined,
  renamed: Renamed,
  pairs: Pairs,
): boolean {
  if (meant === undefined || own === undefined) return meant === own;
  if (meant.kind !== own.kind || meant.dtype !== own.dtype) return false;
  const again = (a: Expr, b: Expr): boolean => pairUp(a, b, renamed, pairs);
  switch (meant.kind) {
    case "constant":
      return own.kind === "constant" && Object.is(meant.value, own.value);
    case "accumulator":
      return true;
    case "index":
      return own.kind === "index" && pairIndices([meant.index], [own.index], again, pairs);
    case "unary":
      return own.kind === "unary" && meant.op === own.op && again(meant.operand, own.operand);
    case "cast":
      return own.kind === "cast" && again(meant.operand, own.operand);
    case "binary":
      return (
        own.kind === "binary" &&
        meant.op === own.op &&
        again(meant.left, own.left) &&
        again(meant.right, own.right)
      );
    case "select":
      return (
        own.kind === "select" &&
        again(meant.condition, own.condition) &&
        again(meant.then, own.then) &&
        again(meant.otherwise, own.otherwise)
      );
    case "load": {
      if (own.kind !== "load") return false;
      const { name, moved } = renamed(meant.source);
      if (own.source !== name) return false;
      if (moved) {
        pairs.moved.push([meant, own]);
        return own.boundary === undefined;
      }
      return (
        sameBoundary(meant.boundary, own.boundary) &&
        pairIndices(meant.index, own.index, again, pairs)
      );
    }
    default:
      return meant satisfies never;
  }
}

function pairIndices(
  meant: readonly Index[],
  own: readonly Index[],
  again: (a: Expr, b: Expr) => boolean,
  { indices }: Pairs,
): boolean {
  return (
    meant.length === own.length &&
    meant.every((one, d) => {
      indices.push([affineOf(one), affineOf(own[d]!)]);
      const [a, b] = [opaqueOf(one), opaqueOf(own[d]!)];
      return (
        a.length === b.length &&
        a.every(({ of, coefficient }, i) => {
          const other = b[i]!;
          if (typeof of === "string" || typeof other.of === "string") return false;
          const alike = of.min === other.of.min && of.max === other.of.max;
          return alike && coefficient === other.coefficient && again(of.value, other.of.value);
        })
      );
    })
  );
}

function affineOf({ terms, constant }: Index): Index {
  return { terms: terms.filter(({ of }) => typeof of === "string"), constant };
}

function opaqueOf({ terms }: Index): readonly IndexTerm[] {
  return terms.filter(({ of }) => typeof of !== "string");
}
