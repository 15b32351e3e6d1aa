/** Reads the digits in Node, types and all. */
import { load } from "./models/lenet5.ts";
import { readDigits } from "./digits.mjs";

console.log(readDigits(await load()));
