/** Reads the digits on the server, for every request. */
import { load as loadNetwork } from "../../lenet5.onnx?target=wasm";
import { readDigits } from "../../digits.mjs";

export async function load() {
  return { digits: readDigits(await loadNetwork()) };
}
