/** Reads the digits in Node, in a package without a `type`. */
const { load } = require("./models/lenet5.cjs");
const { readDigits } = require("./digits.cjs");

load().then((network) => console.log(readDigits(network)));
