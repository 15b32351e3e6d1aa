/** How recurrent layers are said in ONNX: their inputs are products already, so W only puts gates in ONNX's order. */
import { fail } from "../base/error.js";
import { tensor } from "../base/tensor.js";
import {
  float,
  floats,
  int,
  intList,
  ints,
  reshaped,
  step,
  text,
  texts,
  type OnnxAttributes,
  type Site,
  type Step,
} from "./site.js";

interface Recurrent {
  readonly reverse: boolean;
  readonly activations?: readonly string[] | undefined;
  readonly alpha?: readonly number[] | undefined;
  readonly beta?: readonly number[] | undefined;
  readonly clip?: number | undefined;
}
type Name = "lstm" | "gru" | "rnn";

const TAKES_ALPHA = new Set([
  "affine",
  "leakyRelu",
  "thresholdedRelu",
  "scaledTanh",
  "hardSigmoid",
  "elu",
]);
const TAKES_BETA = new Set(["affine", "scaledTanh", "hardSigmoid"]);

/** What all of them say; ONNX lists alpha and beta of those activations alone that take one. */
function shared(attributes: Recurrent, hidden: number): OnnxAttributes {
  const { reverse, activations, alpha, beta, clip } = attributes;
  const ofThose = (list: readonly number[] | undefined, takes: ReadonlySet<string>) => {
    const own = list?.filter((_, i) => takes.has(activations![i]!));
    return own === undefined || own.length === 0 ? undefined : floats(own);
  };
  return {
    hidden_size: int(hidden),
    direction: text(reverse ? "reverse" : "forward"),
    activations:
      activations && texts(activations.map((name) => name[0]!.toUpperCase() + name.slice(1))),
    activation_alpha: ofThose(alpha, TAKES_ALPHA),
    activation_beta: ofThose(beta, TAKES_BETA),
    clip: clip === undefined ? undefined : float(clip),
  };
}

/** Blocks of rows of a value in another order. */
function reordered(
  site: Site<Name>,
  value: string,
  order: readonly number[],
  hidden: number,
): string {
  if (order.every((from, to) => from === to)) return value;
  const rows = order.flatMap((gate) => Array.from({ length: hidden }, (_, i) => gate * hidden + i));
  return site.emit(step("Gather", [value, intList(site, rows)], { axis: int(0) }));
}

/** W [1, gates · hidden, gates · hidden] that takes each gate from where it is. */
function chooser(site: Site<Name>, order: readonly number[], hidden: number): string {
  const width = order.length * hidden;
  const data = new Float32Array(width * width);
  order.forEach((from, to) => {
    for (let i = 0; i < hidden; i++) data[(to * hidden + i) * width + from * hidden + i] = 1;
  });
  return site.constant(tensor("f32", [1, width, width], data));
}

/** A state or parameter of the one direction there is: [1, …]. "" stays. */
const ofOneDirection = (site: Site<Name>, value: string | undefined): string =>
  value === undefined || value === ""
    ? ""
    : site.emit(step("Unsqueeze", [value, intList(site, [0])]));

/** [seq, 1, batch, hidden] => [1, seq, batch, hidden] */
function sequenceFirst(site: Site<Name>, y: Step): Step {
  return step("Transpose", [site.emit(y)], { perm: ints([1, 0, 2, 3]) });
}

function lstm(site: Site<"lstm">): Step {
  const { attributes, type } = site.node;
  const [, seq, batch, hidden] = type.dims as [number, number, number, number];
  if (attributes.cell && seq > 1) {
    fail("unsupported", "ONNX's LSTM does not return the cell of every step", {
      hint: "export a model of one step, or one that does not read the cell",
    });
  }
  const order = ["i", "o", "f", "g"].map((gate) => attributes.gates.indexOf(gate));
  const [x, r, h, c, p, lengths] = site.inputs;
  const inputs = [
    x!,
    chooser(site, order, hidden),
    ofOneDirection(site, reordered(site, r!, order, hidden)),
    "",
    lengths ?? "",
    ofOneDirection(site, h),
    ofOneDirection(site, c),
    ofOneDirection(site, p),
  ];
  const y = step("LSTM", inputs, {
    ...shared(attributes, hidden),
    input_forget: attributes.inputForget ? int(1) : undefined,
  });
  if (!attributes.cell) return sequenceFirst(site, y);
  const one = [1, 1, batch, hidden];
  const states = [0, 2].map((output) => reshaped(site, site.emit({ ...y, output }), one));
  return step("Concat", states, { axis: int(0) });
}

function gru(site: Site<"gru">): Step {
  const { attributes, type } = site.node;
  const hidden = type.dims[3]!;
  const order = ["z", "r", "n"].map((gate) => attributes.gates.indexOf(gate));
  const [x, r, h, b, rn, lengths] = site.inputs;
  const before = rn !== undefined && rn !== "";
  const zr = reordered(site, r!, before ? order.slice(0, 2) : order, hidden);
  const all = before ? site.emit(step("Concat", [zr, rn], { axis: int(0) })) : zr;
  const none = (): string =>
    site.constant(tensor("f32", [3 * hidden], new Float32Array(3 * hidden)));
  const bias =
    b === undefined || b === ""
      ? ""
      : site.emit(step("Concat", [none(), reordered(site, b, order, hidden)], { axis: int(0) }));
  const inputs = [
    x!,
    chooser(site, order, hidden),
    ofOneDirection(site, all),
    ofOneDirection(site, bias),
    lengths ?? "",
    ofOneDirection(site, h),
  ];
  const y = step("GRU", inputs, {
    ...shared(attributes, hidden),
    linear_before_reset: int(before ? 0 : 1),
  });
  return sequenceFirst(site, y);
}

function rnn(site: Site<"rnn">): Step {
  const { attributes, type } = site.node;
  const hidden = type.dims[3]!;
  const [x, r, h, lengths] = site.inputs;
  const inputs = [
    x!,
    chooser(site, [0], hidden),
    ofOneDirection(site, r),
    "",
    lengths ?? "",
    ofOneDirection(site, h),
  ];
  return sequenceFirst(site, step("RNN", inputs, shared(attributes, hidden)));
}

export const recurrentExporters = { lstm, gru, rnn };
