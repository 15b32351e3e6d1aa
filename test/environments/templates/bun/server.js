/** Reads the digits in Bun itself. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

console.log(readDigits(await load()));
