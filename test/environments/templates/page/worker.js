/** Reads the digits beside the page. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

load().then(
  (network) => postMessage(readDigits(network)),
  (error) => console.error(error),
);
