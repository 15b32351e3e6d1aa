/**
 * Sums of products of bytes over words of four, for engines that multiply bytes with signs by bytes of one kind:
 *
 *   Σ (x − z) · w   =>   Σ dot(w of four channels, (x − o) of four channels) + (o − z) · Σ w
 *
 * where the offset o is 0, or 128 where bytes of x are not of the kind that the engine multiplies.
 */
import { addIndex, axisIndex, scaleIndex, substituteIndex } from "../../compute/affine.js";
import { add, binary, load, mul } from "../../compute/expr.js";
import type { Axis, Boundary, Compute, Expr, Kernel } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { axesInScope } from "../../compute/scan.js";
import { byteProduct, type ByteProduct } from "./products.js";

/** The signs that bytes of activations have where an engine multiplies four at a time: `sdot` of both factors. */
export type DotKind = "usdot" | "sdot";

/** `usdot16`: engines that add up two products in 16 bits. They run kernels over words whose bytes are small enough. */
export type DotEngine = DotKind | "usdot16";

/** What is there for the product of the Compute at a position, by the names that a kernel has for them. */
export function sourcesOf(position: number): { readonly words: string; readonly sums: string } {
  return { words: `words${position}`, sums: `sums${position}` };
}

/** What kernels say of how they compute that have words. */
export const DOTS = "dots of bytes";

/** The products of a kernel for which it has words. */
export function productsOverWords(kernel: Kernel): readonly ByteProduct[] {
  return kernel.computes.flatMap((_, position) => productAt(kernel, position) ?? []);
}

/** The kernel over words, of those of its Computes for which it has them; the very one where it has none. */
export function overWords(kernel: Kernel, kind: DotKind): Kernel {
  const computes = kernel.computes.map((compute, position) => {
    const product = productAt(kernel, position);
    return product === undefined ? compute : computeOf(compute, kernel, product, position, kind);
  });
  if (computes.every((compute, i) => compute === kernel.computes[i])) return kernel;
  const read = new Set(
    computes.flatMap((one) => allLoads(one).flatMap((l) => (l.kind === "load" ? [l.source] : []))),
  );
  return { ...kernel, inputs: kernel.inputs.filter(({ name }) => read.has(name)), computes };
}

/** The product of the Compute at a position, whose weights have been widened, where there are words for it. */
function productAt(kernel: Kernel, position: number): ByteProduct | undefined {
  const { words } = sourcesOf(position);
  if (!kernel.inputs.some(({ name }) => name === words)) return undefined;
  const inputs = kernel.inputs.map((input) =>
    input.constant === true && input.type.dtype === "i16"
      ? { ...input, type: { ...input.type, dtype: "i8" as const } }
      : input,
  );
  return byteProduct(kernel.computes[position]!, { ...kernel, inputs });
}

function computeOf(
  compute: Compute,
  kernel: Kernel,
  product: ByteProduct,
  position: number,
  kind: DotKind,
): Compute {
  const { channel, zero, w, dim, kept } = product;
  const { words, sums } = sourcesOf(position);
  const four: Axis = { name: freshAxis(compute, kernel, channel), extent: wordsIn(channel) };
  const own = w.index.map((one, d) => (d === dim ? axisIndex(four) : one));
  const offset = offsetOf(product, kind);
  const bytes = wordOf(product, four);
  // 128 less or more turns the highest bit of a byte.
  const moved = offset === 0 ? bytes : binary("xor", bytes, 0x80808080 | 0);
  const correction =
    offset === zero
      ? undefined
      : mul(
          load(
            sums,
            kept.map((d) => w.index[d]!),
            "i32",
          ),
          offset - zero,
        );
  const init =
    compute.init === undefined ? correction : correction && add(compute.init, correction);
  return {
    ...compute,
    reduce: compute.reduce.map((axis) => (axis === channel ? four : axis)),
    ...(init === undefined ? {} : { init }),
    body: binary(kind, load(words, own, "i32"), moved),
  };
}

/** What is subtracted from bytes of activations, so that they are of the kind that is multiplied. */
function offsetOf({ signed }: ByteProduct, kind: DotKind): number {
  if (kind === "usdot") return signed ? -128 : 0;
  return signed ? 0 : 128;
}

function wordsIn({ extent }: Axis): number {
  return Math.ceil(extent / 4);
}

/** Four neighbours as the bytes of one integer: those past the end are multiplied with 0. */
function wordOf({ x, along, channel, signed }: ByteProduct, four: Axis): Expr {
  const bytes = Math.min(4, channel.extent);
  const isCut = channel.extent > 4 && channel.extent % 4 !== 0;
  const boundary: Boundary | undefined =
    x.boundary ?? (isCut ? { mode: "constant", value: 0 } : undefined);
  return Array.from({ length: bytes }, (_, byte) => {
    const at = new Map([[channel.name, addIndex(scaleIndex(axisIndex(four), 4), byte)]]);
    const index = x.index.map((one, d) => (d === along ? substituteIndex(one, at) : one));
    const value = load(x.source, index, "i32", boundary);
    const bits = signed && byte < 3 ? binary("and", value, 255) : value;
    return byte === 0 ? bits : binary("shl", bits, 8 * byte);
  }).reduce((word, bits) => binary("or", word, bits));
}

function freshAxis(compute: Compute, kernel: Kernel, { name }: Axis): string {
  const taken = new Set(axesInScope(kernel, compute).map((axis) => axis.name));
  let fresh = `${name}w`;
  while (taken.has(fresh)) fresh += "w";
  return fresh;
}
