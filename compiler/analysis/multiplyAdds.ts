/** Counts multiply-adds from what nodes mean, so that no op is known by name here. */
import type { Graph } from "../graph/graph.js";
import type { Compute, Expr, Kernel } from "../compute/ir.js";
import { axesInScope } from "../compute/scan.js";
import { nodeKernels } from "./kernels.js";

export interface MultiplyAdds {
  /** Of all sums of products of two operands. */
  readonly total: number;
  /** Of those where one factor is a constant: convolutions and linear layers. */
  readonly withWeights: number;
}

/**
 * Multiply-adds by node: iterations of sums whose terms are products of two operands, padding included, as
 * the usual counters do. A bias is where a sum starts and costs nothing; FLOPs are twice this.
 */
export function multiplyAddsByNode(graph: Graph): ReadonlyMap<string, MultiplyAdds> {
  return new Map(
    nodeKernels(graph).map(({ node, kernel, operands }) => {
      let total = 0;
      let withWeights = 0;
      for (const compute of kernel.computes) {
        const factors = productOfOperands(compute, kernel);
        if (factors === undefined) continue;
        const count = iterations(kernel, compute);
        total += count;
        const constant = factors.some((source) => operands.get(source)?.startsWith("@") === true);
        if (constant) withWeights += count;
      }
      return [node.name, { total, withWeights }];
    }),
  );
}

/** Multiply-adds of the whole model. */
export function multiplyAdds(graph: Graph): MultiplyAdds {
  let total = 0;
  let withWeights = 0;
  for (const one of multiplyAddsByNode(graph).values()) {
    total += one.total;
    withWeights += one.withWeights;
  }
  return { total, withWeights };
}

/** Multiply-adds that a kernel computes in one run: fewer than its nodes mean where its algorithm saves some. */
export function multiplyAddsOfKernel(kernel: Kernel): number {
  return kernel.computes
    .filter((compute) => productOfOperands(compute, kernel) !== undefined)
    .reduce((sum, compute) => sum + iterations(kernel, compute), 0);
}

function iterations(kernel: Kernel, compute: Compute): number {
  return axesInScope(kernel, compute).reduce((product, axis) => product * axis.extent, 1);
}

/**
 * What a sum multiplies: two inputs of the kernel, or one and what its steps carry (the state of a recurrent layer). A
 * square of one operand is no such product.
 */
function productOfOperands(compute: Compute, kernel: Kernel): readonly string[] | undefined {
  if (compute.combine !== "sum" || compute.reduce.length === 0) return undefined;
  const { body } = compute;
  if (body.kind !== "binary" || body.op !== "mul") return undefined;
  const sources = [body.left, body.right].map(loadedSource);
  const [left, right] = sources;
  const inputs = new Set(kernel.inputs.map(({ name }) => name));
  if (left === undefined || right === undefined || left === right) return undefined;
  const carried = new Set(kernel.temporaries.map(({ name }) => name));
  const both = [left, right].every((source) => inputs.has(source) || carried.has(source));
  return both && (inputs.has(left) || inputs.has(right)) ? [left, right] : undefined;
}

function loadedSource(expr: Expr): string | undefined {
  if (expr.kind === "cast") return loadedSource(expr.operand);
  return expr.kind === "load" ? expr.source : undefined;
}
