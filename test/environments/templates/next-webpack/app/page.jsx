/** Reads the digits on the server, for every request. */
import { load } from "../lenet5.onnx?target=wasm";
import { readDigits } from "../digits.mjs";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <output>{readDigits(await load())}</output>;
}
