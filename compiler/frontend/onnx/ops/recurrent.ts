/** How ONNX's recurrent layers are read: one matrix product of the whole sequence, and one layer a direction. */
import { z } from "zod";
import {
  flag,
  float,
  floats,
  integer,
  layer,
  reshape,
  row,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import {
  biasOf,
  bothBiases,
  initialOf,
  ofDirection,
  partsOf,
  products,
  results,
  sharedBy,
  slice,
  type Recurrent,
} from "./recurrentParts.js";

interface Lstm extends Recurrent {
  readonly input_forget: boolean;
}

interface Gru extends Recurrent {
  readonly linear_before_reset: boolean;
}

function lstm(site: Site<Lstm>): (Value | undefined)[] {
  const parts = partsOf(site, 4);
  const x = products(parts, bothBiases(parts));
  const layers = parts.directions.map((_, d) => {
    const shared = sharedBy(parts, x, d);
    const r = reshape(slice(site.inputs[2]!, 0, d, d + 1), 4 * parts.hidden, parts.hidden);
    const peepholes = site.inputs[7] && ofDirection(parts, site.inputs[7], d, [3]);
    const inputs = [
      shared.x,
      r,
      initialOf(parts, 5, d),
      initialOf(parts, 6, d),
      peepholes,
      parts.lengths,
    ];
    return layer("lstm", inputs, {
      ...shared.attributes,
      cell: site.used[2] === true,
      inputForget: site.attributes.input_forget,
    });
  });
  return results(parts, layers);
}

function gru(site: Site<Gru>): (Value | undefined)[] {
  const parts = partsOf(site, 3);
  const { hidden } = parts;
  const after = site.attributes.linear_before_reset;
  const sums = products(parts, after ? (d, b) => biasOf(parts, b, d, 0) : bothBiases(parts));
  const layers = parts.directions.map((_, d) => {
    const { x, attributes } = sharedBy(parts, sums, d);
    const r = reshape(slice(site.inputs[2]!, 0, d, d + 1), 3 * hidden, hidden);
    const bias = site.inputs[3];
    const h = initialOf(parts, 5, d);
    if (after) {
      const own = bias && biasOf(parts, bias, d, 1);
      return layer("gru", [x, r, h, own, undefined, parts.lengths], attributes);
    }
    const [zr, fresh] = [slice(r, 0, 0, 2 * hidden), slice(r, 0, 2 * hidden, 3 * hidden)];
    return layer("gru", [x, zr, h, undefined, fresh, parts.lengths], attributes);
  });
  return results(parts, layers);
}

function rnn(site: Site<Recurrent>): (Value | undefined)[] {
  const parts = partsOf(site, 1);
  const x = products(parts, bothBiases(parts));
  const layers = parts.directions.map((_, d) => {
    const shared = sharedBy(parts, x, d);
    const r = ofDirection(parts, site.inputs[2]!, d, [1, 1]);
    return layer("rnn", [shared.x, r, initialOf(parts, 5, d), parts.lengths], shared.attributes);
  });
  return results(parts, layers);
}

const shared = {
  activation_alpha: floats.optional(),
  activation_beta: floats.optional(),
  activations: z.array(z.string()).readonly().optional(),
  clip: float.optional(),
  direction: z.string().default("forward"),
  hidden_size: integer.optional(),
  layout: z.union([z.literal(0), z.literal(1)]).default(0),
};
const FIRST = [
  "activation_alpha",
  "activation_beta",
  "activations",
  "clip",
  "direction",
  "hidden_size",
] as const;

export const recurrentRows: Readonly<Record<string, Row>> = {
  LSTM: row({
    inputs: "X W R B? sequence_lens? initial_h? initial_c? P?",
    outputs: 3,
    attributes: { ...shared, input_forget: flag.default(false) },
    since: [
      [7, [...FIRST, "input_forget"]],
      [14, [...FIRST, "input_forget", "layout"]],
      [22, [...FIRST, "input_forget", "layout"]],
    ],
    build: lstm,
  }),
  GRU: row({
    inputs: "X W R B? sequence_lens? initial_h?",
    outputs: 2,
    attributes: { ...shared, linear_before_reset: flag.default(false) },
    since: [
      [7, [...FIRST, "linear_before_reset"]],
      [14, [...FIRST, "linear_before_reset", "layout"]],
      [22, [...FIRST, "linear_before_reset", "layout"]],
    ],
    build: gru,
  }),
  RNN: row({
    inputs: "X W R B? sequence_lens? initial_h?",
    outputs: 2,
    attributes: shared,
    since: [
      [7, FIRST],
      [14, [...FIRST, "layout"]],
      [22, [...FIRST, "layout"]],
    ],
    build: rnn,
  }),
};
