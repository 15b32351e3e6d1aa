/** Reads the digits beside the page. */
import { load } from "./lenet5.onnx?target=wasm";
import { readDigits } from "./digits.mjs";

load().then(
  (network) => postMessage(readDigits(network)),
  (error) => console.error(error),
);
