/** Reads the digits where nothing may be compiled at run time: modules of WebAssembly are imported. */
import { create } from "./models/lenet5.js";
import wasm from "./models/lenet5.wasm";
import weights from "./models/lenet5.weights.bin";
import { readDigits } from "./digits.mjs";

const network = create(weights, wasm);

export default {
  fetch() {
    return new Response(readDigits(network));
  },
};
