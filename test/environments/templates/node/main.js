/** Reads the digits in Node. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

console.log(readDigits(await load()));
