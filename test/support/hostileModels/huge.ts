/** ONNX files that are small, but claim to be large. */
import { conv, type HostileModel, ofNodes, pool, relu, sized, withTensor } from "./hostileModel.js";

const far = [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30];
const farAround = [0, 0, 2 ** 30, 2 ** 30, 0, 0, 2 ** 30, 2 ** 30];
export const huge: readonly HostileModel[] = [
  ...[[2 ** 40], [2 ** 20, 2 ** 20], [2 ** 52, 2 ** 52]].map((dims) => ({
    title: `a tensor that claims [${dims.join(",")}]`,
    bytes: withTensor({ dims, dataType: 1, rawData: new Uint8Array(4) }),
    code: "too-large",
  })),
  {
    title: "an input of 2^40 elements",
    bytes: ofNodes([relu], { inputs: { x: `f32[${2 ** 40}]` } }),
    code: "too-large",
  },
  { title: "a convolution with pads of 2^30", bytes: conv({ pads: far }), code: "bad-attribute" },
  {
    title: "a max pool with pads of 2^30",
    bytes: pool("MaxPool", { pads: far }),
    code: "bad-attribute",
  },
  {
    title: "an average pool with pads of 2^30",
    bytes: pool("AveragePool", { pads: far }),
    code: "bad-attribute",
  },
  { title: "pads of 2^30", bytes: sized("Pad", ["x"], ...farAround), code: "bad-attribute" },
  {
    title: "repeats of 2^20",
    bytes: sized("Tile", ["x"], 2 ** 20, 2 ** 20, 1, 1),
    code: "too-large",
  },
  {
    title: "an expansion to 2^40",
    bytes: sized("Expand", ["x"], 2 ** 40, 2, 8, 4),
    code: "too-large",
  },
  {
    title: "a constant of 2^40 zeros",
    bytes: sized("ConstantOfShape", [], 2 ** 40),
    code: "too-large",
  },
  {
    title: "a resizing to 2^40",
    bytes: sized("Resize", ["x", "", ""], 1, 2, 2 ** 20, 2 ** 20),
    code: "too-large",
  },
  {
    title: "a dilation of 2^53",
    bytes: conv({ dilations: [2 ** 53, 1] }),
    code: "bad-attribute",
  },
];
