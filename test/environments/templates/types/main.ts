/** Uses a network as its types say. */
import { load } from "./lenet5.onnx?target=wasm";
import { load as loadPlain } from "./lenet5.onnx";
import { readDigits } from "./digits.mjs";

const network = await load();
const { logits } = network.run({ image: new Float32Array(784) });
console.log(readDigits(network), readDigits(await loadPlain()), logits.at(0)?.toFixed(2));
