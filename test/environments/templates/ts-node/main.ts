/** Reads the digits with types checked, in a package without a `type`. */
import { load } from "./models/lenet5.cjs";
import { readDigits } from "./digits.cjs";

load().then((network) => console.log(readDigits(network)));
