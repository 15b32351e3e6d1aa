/** Reads the digits from TypeScript. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

console.log(readDigits(await load()));
