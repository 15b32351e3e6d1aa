/** What became of a node, and why: by what rules did and left alone, and by the kernel that computes it in the end. */
import type { BoxData, NodeData, ReportData, ViewData } from "./data.js";
import { nodesOf } from "./items.js";
import type { Decision } from "../schedule/decision.js";
import { byteText, grouped } from "./text.js";

export interface Step {
  /** `definition`, or the pass that did it. */
  readonly pass: string;
  readonly text: string;
}

/** In order; empty where no view has such a node or kernel. */
export function explainNode(data: ReportData, node: string): Step[] {
  const steps: Step[] = [];
  // What takes a node in goes on with its story.
  let name = node;
  data.views.forEach((view, i) => {
    const before = data.views[i - 1];
    if (before === undefined || view.kind === "program") return;
    const found = graphSteps(data, before, view, name);
    steps.push(...found.steps);
    name = found.heir ?? name;
  });
  const programs = data.views.filter(({ kind }) => kind === "program");
  const kernels = programs.flatMap((view, i) => kernelSteps(data, programs[i - 1], view, name));
  return [...steps, ...kernels, ...inARun(data, name)];
}

interface Found {
  readonly steps: readonly Step[];
  /** What computes it from now on, where that has another name. */
  readonly heir?: string;
}

function graphSteps(data: ReportData, before: ViewData, view: ViewData, name: string): Found {
  const [then, now] = [nodesOf(data, before), nodesOf(data, view)];
  const byName = (nodes: readonly NodeData[]): NodeData | undefined =>
    nodes.find((node) => node.name === name);
  const [was, is] = [byName(then), byName(now)];
  const say = (text: string): Step => ({ pass: view.name, text });
  const rules = [
    ...new Set((view.fired ?? []).flatMap(({ rule, node }) => (node === name ? [rule] : []))),
  ];
  const by = rules.length === 0 ? "" : `${rules.join(", ")}: `;
  const notes = (view.notes ?? []).flatMap(({ rule, node, reason }) =>
    node === name ? [say(`${rule} left it alone: ${reason}`)] : [],
  );
  if (before.kind === "definition") {
    if (was === undefined || is !== undefined) return { steps: [] };
    return { steps: [say("what it computes is known while compiling, or nobody reads it")] };
  }
  if (was !== undefined && is === undefined) {
    const { text, heir } = heirOf(before, view, then, now, name, rules);
    const steps = [say(`${by}it is gone; ${text}`), ...notes];
    return heir === undefined ? { steps } : { steps, heir };
  }
  if (was === undefined && is !== undefined)
    return { steps: [say(madeBy(view, now, name)), ...notes] };
  if (was === undefined || is === undefined) return { steps: notes };
  const [a, b] = [callOf(was), callOf(is)];
  return { steps: a === b ? notes : [say(`${by}${a} becomes ${b}`), ...notes] };
}

/** What those who read a node read instead. */
function heirOf(
  before: ViewData,
  view: ViewData,
  then: readonly NodeData[],
  now: readonly NodeData[],
  name: string,
  rules: readonly string[],
): { readonly text: string; readonly heir?: string } {
  const operand = `%${name}`;
  const after = new Map(now.map((node) => [node.name, node]));
  for (const reader of then) {
    const at = reader.inputs.indexOf(operand);
    const still = after.get(reader.name);
    const instead = still?.inputs[at];
    if (at < 0 || still === undefined) continue;
    if (typeof instead === "string" && still.inputs.length === reader.inputs.length)
      return { text: `${reader.name} reads ${instead} instead` };
    return { text: `${reader.name} computes it as well: ${callOf(still)}`, heir: reader.name };
  }
  const port = before.results.findIndex(([, value]) => value === name);
  const result = port < 0 ? undefined : view.results[port];
  if (result !== undefined) return { text: `output ${result[0]} is %${result[1]} instead` };
  const reader = then.find(({ inputs }) => inputs.includes(operand))?.name;
  const firing = view.fired?.find(({ node }) => node === reader);
  if (firing !== undefined) return { text: `${firing.rule} on ${firing.node} made it needless` };
  return { text: rules.length === 0 ? "nobody reads it any more" : "nobody reads it" };
}

function madeBy({ fired = [] }: ViewData, now: readonly NodeData[], name: string): string {
  const reader = now.find(({ inputs }) => inputs.includes(`%${name}`));
  const rule = fired.find(({ node }) => node === reader?.name)?.rule;
  return `it is new${rule === undefined ? "" : `: ${rule} made it for ${reader!.name}`}`;
}

/** `conv(%x, @w) {stride=[2,2]}` */
export function callOf({ op, inputs, attributes }: NodeData): string {
  const named = attributes.map(([name, value]) => `${name}=${value}`).join(", ");
  const operands = inputs.map((one) => one ?? "none").join(", ");
  return `${op}(${operands})${named === "" ? "" : ` {${named}}`}`;
}

const isOf = (box: BoxData, name: string): boolean =>
  box.covers.includes(name) || (box.covers.length === 0 && box.name === name);

function kernelSteps(
  data: ReportData,
  before: ViewData | undefined,
  view: ViewData,
  name: string,
): Step[] {
  const [was, is] = [before, view].map((one) => one?.boxes!.find((box) => isOf(box, name)));
  if (is === undefined) return [];
  const say = (text: string): Step[] => [{ pass: view.name, text }];
  if (was === undefined) {
    if (is.covers.length === 0) return say(`${is.name} is new: ${roleOf(is)}`);
    return say(fusion(data, view, is, name));
  }
  if (is.role !== was.role && is.role === "elided")
    return say("nothing has to be moved: its value lies where it is wanted already");
  if (is.algorithm !== was.algorithm) return say(`computed by ${is.algorithm ?? "its definition"}`);
  if (is.covers.length !== was.covers.length)
    return say(`some rows at a time together with ${othersOf(is, name)}: kernel ${is.name}`);
  return [];
}

function roleOf({ role, atLoad }: BoxData): string {
  if (atLoad === true) return "it runs once, when the module loads";
  return role === "fill"
    ? "it fills what is read beyond edges"
    : "it copies a value to another layout";
}

function othersOf({ covers }: BoxData, name: string): string {
  const others = covers.filter((one) => one !== name);
  const more = others.length - 6;
  return `${others.slice(0, 6).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function fusion(data: ReportData, view: ViewData, box: BoxData, name: string): string {
  const nodes = nodesOf(data, view);
  const isLast = box.covers.at(-1) === name;
  const where = isLast ? "its value is what the kernel writes" : "its value stays in registers";
  const together =
    box.covers.length === 1
      ? `a kernel of its own, ${box.name}`
      : `fused with ${othersOf(box, name)}: kernel ${box.name}; ${where}`;
  return isLast ? `${together}; ${endsBecause(view, nodes, name)}` : together;
}

/** Why a kernel ends with a node and takes nothing of what reads it. */
function endsBecause(view: ViewData, nodes: readonly NodeData[], name: string): string {
  const output = view.results.find(([, value]) => value === name);
  if (output !== undefined) return `it ends there, for that is output ${output[0]}`;
  const readers = nodes.filter(({ inputs }) => inputs.includes(`%${name}`));
  const [reader, second] = readers;
  if (reader === undefined) return "nothing reads it";
  if (second !== undefined) return `it ends there, for ${readers.length} layers read that`;
  const other = view.boxes!.find(({ covers }) => covers.includes(reader.name));
  switch (reader.kind) {
    case "product":
    case "reduction":
      return `it ends there, for ${reader.name} reads each element more than once`;
    case "movement":
      return `it ends there, for ${reader.name} moves the value as a whole`;
    case "pointwise":
      return `it ends there, for ${reader.name} is computed with what else it reads, in ${other?.name ?? "another kernel"}`;
    default:
      return reader.kind satisfies never;
  }
}

/** The kernel as it runs: what it reads and writes, and the order of its loops. */
function inARun(data: ReportData, name: string): Step[] {
  const kernel = data.kernels.find(
    (one) => one.covers.includes(name) || one.name === name || one.function === name,
  );
  if (kernel === undefined) return [];
  const say = (text: string): Step => ({ pass: "in a run", text });
  const { reads, writes, multiplyAdds, computed } = kernel;
  const saved =
    computed === multiplyAdds || computed === 0
      ? ""
      : `, of which it computes ${grouped(computed)}`;
  return [
    say(`kernel ${kernel.name} calls ${kernel.function}: ${kernel.shapes}`),
    ...((kernel.pieces ?? 1) === 1 ? [] : [say(`threads share it, in ${kernel.pieces!} pieces`)]),
    ...(multiplyAdds === 0 ? [] : [say(`${grouped(multiplyAdds)} multiply-adds${saved}`)]),
    say(
      `reads ${reads.map((one) => `${one.name} (${byteText(one.bytes)})`).join(", ") || "nothing"}, writes ${writes.name} (${byteText(writes.bytes)})`,
    ),
    ...kernel.decisions.map((decision) => say(decisionText(decision))),
    ...kernel.loops.map((loop) => say(`loops ${kernel.scheduled}: ${loop}`)),
    ...(kernel.step === undefined ? [] : [say(kernel.step)]),
  ];
}

const costText = (cost: number): string =>
  cost < 1000 ? String(Number(cost.toPrecision(3))) : grouped(Math.round(cost));

/** `axis over lanes: oc; instructions an element: oc 4.5, ow 9.75, none 29` */
function decisionText({ what, chosen, candidates, unit, because }: Decision): string {
  const costs = candidates.map(([name, cost]) => `${name} ${costText(cost)}`).join(", ");
  const compared = costs === "" ? "" : `; ${unit ?? "cost"}: ${costs}`;
  return `${what}: ${chosen}${compared}${because === undefined ? "" : `; ${because}`}`;
}
