/** Reads the digits in Deno. */
import { load } from "./models/lenet5.ts";
import { readDigits } from "./digits.mjs";

console.log(readDigits(await load()));
