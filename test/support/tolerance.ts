/** What a kernel is allowed to be wrong by: what the compiler itself compares with. */
export { reductionLength, toleranceOf } from "../../compiler/golden/tolerance.js";
