/** Reads the digits and shows what came out. */
import { load } from "./lenet5.onnx?target=wasm";
import { readDigits } from "./digits.mjs";

document.querySelector("output").textContent = readDigits(await load());
