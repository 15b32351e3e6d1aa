/** Reads the digits and shows what came out. */
import { load } from "./models/lenet5.js";
import { readDigits } from "./digits.mjs";

document.querySelector("output").textContent = readDigits(await load());
