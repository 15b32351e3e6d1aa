/** The loops that Computes of a kernel run in: which axes stand around one, and which neighbours share a scan. */
import type { Axis, Compute, Kernel } from "./ir.js";

/** Axes whose loops stand around a Compute: the kernel's, and those of its scans. */
export function axesAround(
  { outer }: Pick<Kernel, "outer">,
  { scan }: Pick<Compute, "scan">,
): readonly Axis[] {
  return scan === undefined ? outer : [...outer, ...scan];
}

/** All axes that a body may mention, outermost first: those around a Compute, its own and those it reduces. */
export function axesInScope(kernel: Pick<Kernel, "outer">, compute: Compute): readonly Axis[] {
  return [...axesAround(kernel, compute), ...compute.axes, ...compute.reduce];
}

/** Whether something runs step by step in a kernel. */
export function hasScan({ computes }: Kernel): boolean {
  return computes.some(({ scan }) => scan !== undefined);
}

/** What runs in order inside the outer axes: a Compute by its position, or a scan with what each of its steps runs. */
export type Stage =
  | { readonly kind: "compute"; readonly position: number }
  | { readonly kind: "scan"; readonly axis: Axis; readonly body: readonly Stage[] };

/** The Computes of a kernel as they nest: neighbours that begin with the same scan axes share their loops. */
export function stagesOf(computes: readonly Compute[]): readonly Stage[] {
  return nested(
    computes.map((_, position) => position),
    computes,
    0,
  );
}

function nested(
  positions: readonly number[],
  computes: readonly Compute[],
  depth: number,
): readonly Stage[] {
  const stages: Stage[] = [];
  for (let at = 0; at < positions.length;) {
    const axis = computes[positions[at]!]!.scan?.[depth];
    if (axis === undefined) {
      stages.push({ kind: "compute", position: positions[at++]! });
      continue;
    }
    const from = at;
    while (at < positions.length && computes[positions[at]!]!.scan?.[depth]?.name === axis.name)
      at++;
    stages.push({
      kind: "scan",
      axis,
      body: nested(positions.slice(from, at), computes, depth + 1),
    });
  }
  return stages;
}

/** How many scan axes two Computes share, from the outermost in. */
export function sharedScans(a: Compute, b: Compute): number {
  const [one = [], other = []] = [a.scan, b.scan];
  const differs = one.findIndex(({ name }, depth) => other[depth]?.name !== name);
  return differs < 0 ? one.length : differs;
}
