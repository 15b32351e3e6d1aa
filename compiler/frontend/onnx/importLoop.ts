/** Reads Loop and Scan: their bodies once for every step, which are known to be so many. */
import { CompileError, fail } from "../../base/error.js";
import { formatType, tensor } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { OnnxGraph, OnnxNode } from "../../onnx/messages.js";
import { beyond } from "./boundSite.js";
import { isOperand, tensorOf, valueOf } from "./importNode.js";
import { titleOf } from "./importOrder.js";
import { layer, type Layer, type Value } from "./importSite.js";
import {
  addValue,
  countNode,
  knownOf,
  type Found,
  type Importer,
  type Scope,
} from "./importState.js";

/** Reads the graph of an attribute with these values for its inputs; what it returns. */
export type ReadBody = (
  graph: OnnxGraph,
  values: ReadonlyMap<string, Found>,
  prefix: string,
) => readonly Found[];

interface Site {
  readonly importer: Importer;
  readonly scope: Scope;
  readonly node: OnnxNode;
  readonly body: OnnxGraph;
  readonly read: ReadBody;
}

type Inputs = readonly (Found | undefined)[];

/** The values of a Loop's or a Scan's outputs. Throws CompileError. */
export function importLoop(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  inputs: Inputs,
  read: ReadBody,
): (Found | undefined)[] {
  const body = node.attribute.find(({ name }) => name === "body")?.g;
  if (body === undefined) return fail("bad-attribute", "attribute body is missing");
  if (inputs.includes("unknown")) throw new CompileError([]);
  rejectBounded(importer, inputs);
  const site = { importer, scope, node, body, read };
  return node.opType === "Loop" ? loop(site, inputs) : scan(site, inputs);
}

/** Body: (iteration, condition, carried…) => (condition, carried…, collected…). */
function loop(site: Site, [count, condition, ...initial]: Inputs): (Found | undefined)[] {
  const { importer, body } = site;
  const most = count === undefined ? Infinity : numberOf(importer, count, "M");
  let goesOn = condition === undefined || numberOf(importer, condition, "cond") !== 0;
  let carried: Inputs = initial;
  const collected: Found[][] = body.output.slice(1 + initial.length).map(() => []);
  for (let step = 0; step < most && goesOn; step++) {
    const at = add(site, tensor("i64", [], [step]), "step");
    const results = runBody(site, step, [at, add(site, tensor("bool", [], [1]), "go"), ...carried]);
    const next = results[0]!;
    if (next === "unknown") throw new CompileError([]);
    goesOn = holds(importer, tensorOf(next, "the condition"));
    carried = results.slice(1, 1 + initial.length);
    collected.forEach((list, i) => list.push(results[1 + initial.length + i]!));
  }
  return [...carried, ...collected.map((list) => joined(site, list, 0, false))];
}

/** Body: (states…, elements…) => (states…, collected…). */
function scan(site: Site, inputs: Inputs): (Found | undefined)[] {
  const { importer, scope, node, body } = site;
  if ((scope.opsets.get("") ?? 1) < 9)
    fail("unsupported", "Scan of opset 8 is not supported", {
      hint: "convert the model to opset 9 or newer",
    });
  const scanned = integersOf(node, "num_scan_inputs")?.[0] ?? 0;
  const states = inputs.length - scanned;
  if (scanned < 1 || states < 0)
    fail("bad-attribute", `num_scan_inputs is ${scanned}, of ${inputs.length} inputs`);
  const sequences = inputs.slice(states).map((operand, i) => {
    const { dims } = typeOf(importer, operand);
    const axis = axisOf(integersOf(node, "scan_input_axes")?.[i] ?? 0, dims.length);
    const reverse = integersOf(node, "scan_input_directions")?.[i] === 1;
    return { operand: operand as Operand, axis, reverse, steps: dims[axis]! };
  });
  const { steps } = sequences[0]!;
  const other = sequences.find((one) => one.steps !== steps);
  if (other !== undefined)
    fail("shape-mismatch", `its inputs have ${steps} and ${other.steps} steps to scan`);
  let carried = inputs.slice(0, states);
  const collected: Found[][] = body.output.slice(states).map(() => []);
  for (let step = 0; step < steps; step++) {
    const elements = sequences.map(({ operand, axis, reverse }): Found => {
      const at = reverse ? steps - 1 - step : step;
      const part = layer("slice", [operand], { axes: [axis], starts: [at], ends: [at + 1] });
      return add(site, layer("squeeze", [part], { axes: [axis] }), `${step}`);
    });
    const results = runBody(site, step, [...carried, ...elements]);
    carried = results.slice(0, states);
    collected.forEach((list, i) => list.push(results[states + i]!));
  }
  const outputs = collected.map((list, i) => {
    const reverse = integersOf(node, "scan_output_directions")?.[i] === 1;
    const axis = integersOf(node, "scan_output_axes")?.[i] ?? 0;
    return joined(site, list, axis, reverse);
  });
  return [...carried, ...outputs];
}

/** What the body returns in one step. */
function runBody(site: Site, step: number, inputs: Inputs): readonly Found[] {
  const { importer, scope, node, body, read } = site;
  const name = `${scope.prefix}${titleOf(node)}`;
  // A body of nothing costs something, too: how many steps there are is the file's to say.
  countNode(importer, inputs.length, { node: name, op: node.opType });
  if (inputs.length !== body.input.length)
    fail(
      "extra-input",
      `its body takes ${body.input.length} values, and is given ${inputs.length}`,
    );
  const values = new Map<string, Found>();
  body.input.forEach((input, i) => values.set(input.name, inputs[i] ?? "unknown"));
  return read(body, values, `${name}/${step}/`);
}

/** One after the other along a new axis. */
function joined(site: Site, list: readonly Found[], axis: number, reverse: boolean): Found {
  rejectBounded(site.importer, list);
  if (list.includes("unknown")) return "unknown";
  if (list.length === 0) fail("bad-dimension", "it runs no step, and collects nothing");
  const rank = typeOf(site.importer, list[0]).dims.length + 1;
  const along = axisOf(axis, rank);
  const parts = (list as readonly Operand[]).map((one): Layer =>
    layer("unsqueeze", [one], { axes: [along] }),
  );
  return add(
    site,
    layer("concat", reverse ? parts.reverse() : parts, { axis: along }),
    "collected",
  );
}

function add({ importer, scope, node }: Site, value: Value, part: string): Operand {
  return addValue(importer, value, `${scope.prefix}${titleOf(node)}.${part}`, new Map());
}

function axisOf(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) fail("bad-attribute", `axis ${axis} of ${rank} dimensions`);
  return axis < 0 ? axis + rank : axis;
}

/** Throws CompileError `unsupported` where a value has as many rows as a run finds: a loop takes all of it. */
function rejectBounded({ bounds }: Importer, values: Inputs): void {
  if (values.every((one) => one === "unknown" || !isOperand(one) || !bounds.has(one))) return;
  beyond("a loop");
}

function typeOf(importer: Importer, operand: Found | undefined) {
  const known =
    operand === undefined || operand === "unknown"
      ? undefined
      : knownOf(importer, tensorOf(operand, "what is carried"));
  if (known === undefined) throw new CompileError([]);
  return known.type;
}

/** Throws CompileError `needs-constant` where it varies. */
function numberOf(importer: Importer, operand: Found, name: string): number {
  const { type, data } = valueOf(importer, operand as Operand, name);
  if (data.length !== 1)
    fail("shape-mismatch", `${name} is ${formatType(type)}, expected one value`);
  return Number(data[0]);
}

/** Whether another step follows. Throws CompileError where a run would decide that. */
function holds(importer: Importer, condition: Operand): boolean {
  const known = condition.startsWith("@")
    ? true
    : knownOf(importer, condition)?.constant !== undefined;
  if (known) return numberOf(importer, condition, "the condition") !== 0;
  return fail("needs-constant", "how many steps it runs depends on values that a run computes", {
    hint: "export it with a number of steps that is fixed",
  });
}

function integersOf(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute = node.attribute.find((one) => one.name === name);
  if (attribute === undefined) return undefined;
  const { ints, i } = attribute;
  return ints.length > 0 ? ints.map(Number) : [Number(i)];
}
