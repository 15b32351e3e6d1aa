/** Reads the digits without WebAssembly. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

export default {
  async fetch() {
    return new Response(readDigits(await load()));
  },
};
