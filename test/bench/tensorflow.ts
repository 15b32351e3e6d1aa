/** TensorFlow.js as a peer: walks a Graph of convolutions and activations with its fused operations, channels last. */
import { constantTensor } from "../../compiler/graph/constants.js";
import type { Operand } from "../../compiler/graph/definition.js";
import type { Graph, NodeOf } from "../../compiler/graph/graph.js";
import { requirePeer } from "./installed.js";
import { permuted } from "./layout.js";
import type { Arrays, Case, Peer, Prepared } from "./peer.js";

/** What we use of a tensor and of the library. */
interface TfTensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  dispose(): void;
}
interface FusedConvolution {
  readonly x: TfTensor;
  readonly filter: TfTensor;
  readonly strides: readonly number[];
  readonly pad: readonly (readonly [number, number])[];
  readonly dataFormat: "NHWC";
  readonly dilations: readonly number[];
  readonly bias?: TfTensor;
  readonly activation: "linear" | "relu";
}
interface TensorFlow {
  readonly version_core: string;
  readonly fused: Record<"conv2d" | "depthwiseConv2d", (options: FusedConvolution) => TfTensor>;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T extends TfTensor | TfTensor[]>(compute: () => T): T;
  setBackend(name: string): Promise<boolean>;
  env(): { getAsync(flag: string): Promise<unknown> };
}

/** The `cpu` backend: plain JavaScript, as our TypeScript target is. */
export async function tensorflowCpu(): Promise<Peer> {
  requirePeer("@tensorflow/tfjs-backend-cpu");
  return openBackend("cpu");
}

/** The `wasm` backend: XNNPACK's kernels with SIMD, on one thread as ours; with `moves` as `openBackend` says. */
export async function tensorflowWasm(moves = false): Promise<Peer> {
  const { setThreadsCount } = requirePeer("@tensorflow/tfjs-backend-wasm") as {
    setThreadsCount(count: number): void;
  };
  setThreadsCount(1);
  const peer = await openBackend("wasm", moves);
  const { env } = requirePeer("@tensorflow/tfjs-core") as TensorFlow;
  if ((await env().getAsync("WASM_HAS_SIMD_SUPPORT")) !== true)
    throw new Error("tfjs-wasm finds no SIMD in this engine");
  return peer;
}

/** With `moves` every run takes inputs from arrays and gives outputs out as arrays, which are channels last. */
async function openBackend(name: string, moves = false): Promise<Peer> {
  const tf = requirePeer("@tensorflow/tfjs-core") as TensorFlow;
  if (!(await tf.setBackend(name))) throw new Error(`tfjs has no backend ${name}`);
  return {
    name: `tfjs-${name}`,
    version: tf.version_core,
    prepare: async (one) => {
      await tf.setBackend(name);
      return prepare(one, tf, moves);
    },
  };
}

const TO_CHANNELS_LAST = [0, 2, 3, 1];
const TO_CHANNELS_FIRST = [0, 3, 1, 2];

type Step = (values: Map<Operand, TfTensor>) => void;

function prepare({ graph, inputs }: Case, tf: TensorFlow, moves: boolean): Prepared | undefined {
  const steps = stepsOf(graph, tf);
  if (steps === undefined) return undefined;
  const arrays = graph.inputs.map(({ name, type }) => {
    const shape = TO_CHANNELS_LAST.map((d) => type.dims[d]!);
    return { name, shape, data: permuted(inputs[name]!, type.dims, TO_CHANNELS_LAST) };
  });
  const give = (): (readonly [Operand, TfTensor])[] =>
    arrays.map(({ name, shape, data }) => [`%${name}`, tf.tensor(data, shape)]);
  const given = give();
  let last: TfTensor[] = [];
  return {
    run() {
      for (const tensor of last) tensor.dispose();
      last = tf.tidy(() => {
        const values = new Map(moves ? give() : given);
        for (const step of steps) step(values);
        return graph.outputs.map(({ value }) => values.get(value)!);
      });
      if (moves) for (const tensor of last) tensor.dataSync();
    },
    outputs: (): Arrays =>
      Object.fromEntries(
        graph.outputs.map(({ name }, i) => {
          const tensor = last[i]!;
          return [name, permuted(tensor.dataSync(), tensor.shape, TO_CHANNELS_FIRST)];
        }),
      ),
  };
}

/** One step a convolution, its activation included; undefined where a node is none of these. */
function stepsOf(graph: Graph, tf: TensorFlow): Step[] | undefined {
  const steps: Step[] = [];
  for (const [i, node] of graph.nodes.entries()) {
    const before = graph.nodes[i - 1];
    if (node.op === "relu" && before?.op === "conv" && node.inputs[0] === `%${before.name}`)
      continue;
    if (node.op !== "conv") return undefined;
    const next = graph.nodes[i + 1];
    const fused = next?.op === "relu" && next.inputs[0] === `%${node.name}`;
    const step = convolution(node, graph, tf, fused ? `%${next.name}` : undefined);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

function convolution(
  node: NodeOf<"conv">,
  graph: Graph,
  tf: TensorFlow,
  activated: Operand | undefined,
): Step | undefined {
  const [x, w, bias] = node.inputs as readonly [Operand, Operand, Operand | undefined];
  const { strides, pads, dilations, groups, padMode } = node.attributes;
  if (typeof pads === "string") throw new Error(`${node.name}: canonical pads are numbers`);
  const [weights, biases] = [w, bias].map((operand) => {
    const constant = graph.constants.find(({ name }) => `@${name}` === operand);
    return constant === undefined ? undefined : constantTensor(constant);
  });
  if (weights === undefined || weights.type.dims.length !== 4 || padMode !== "constant")
    return undefined;
  const depthwise = groups > 1;
  if (depthwise && weights.type.dims[1] !== 1) return undefined;
  // Ours are [oc, ic, kh, kw]; theirs [kh, kw, ic, oc], depthwise [kh, kw, c, multiplier].
  const order = depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0];
  const data = permuted(weights.data as Float32Array, weights.type.dims, order);
  const filter = tf.tensor(
    data,
    order.map((d) => weights.type.dims[d]!),
  );
  const [top, left, bottom, right] = pads ?? [0, 0, 0, 0];
  const options = {
    filter,
    strides: strides ?? [1, 1],
    pad: [
      [0, 0],
      [top!, bottom!],
      [left!, right!],
      [0, 0],
    ] as const,
    dataFormat: "NHWC",
    dilations: dilations ?? [1, 1],
    activation: activated === undefined ? "linear" : "relu",
    ...(biases === undefined
      ? {}
      : { bias: tf.tensor(biases.data as Float32Array, biases.type.dims) }),
  } as const;
  const compute = tf.fused[depthwise ? "depthwiseConv2d" : "conv2d"];
  return (values) =>
    values.set(activated ?? `%${node.name}`, compute({ ...options, x: values.get(x)! }));
}
