/** How weighted sums by tables are said in ONNX: gathered into a dim of their own, multiplied, added. */
import { ONNX_TYPES } from "../onnx/proto.js";
import { tensor, type DType } from "../base/tensor.js";
import { int, intList, reshaped, step, type Site, type Step } from "./site.js";

/** Integers are those of 64 bits on the way; cutting them to 32 makes them wrap. */
export function resample(site: Site<"resample">): Step {
  const { types, node } = site;
  const { axis, operandShift, productShift, shift } = node.attributes;
  const dims = types[0]!.dims;
  const [size, taps] = types[1]!.dims as [number, number];
  const wide = node.type.dtype === "f32" ? "f32" : "i64";
  const index = site.emit(
    step("Clip", [
      cast(site, site.inputs[1]!, "i64"),
      ...[0, dims[axis]! - 1].map((bound) => whole(site, bound)),
    ]),
  );
  const looked = site.emit(
    step("Gather", [cast(site, site.inputs[0]!, wide), index], { axis: int(axis) }),
  );
  const beside = [...dims.map(() => 1).with(axis, size)].toSpliced(axis + 1, 0, taps);
  const weight = reshaped(site, cast(site, site.inputs[2]!, wide), beside);
  const product = site.emit(step("Mul", [shifted(site, looked, operandShift), weight]));
  const summed = [shifted(site, product, productShift), intList(site, [axis + 1])];
  const sum = step("ReduceSum", summed, { keepdims: int(0) });
  if (wide === "f32") return sum;
  if (shift === 0) return step("Cast", [site.emit(sum)], { to: int(ONNX_TYPES.i32) });
  const half = site.emit(step("Add", [site.emit(sum), whole(site, 2 ** (shift - 1))]));
  const held = [shifted(site, half, shift), whole(site, 0), whole(site, 255)];
  return step("Cast", [site.emit(step("Clip", held))], { to: int(ONNX_TYPES.u8) });
}

function cast(site: Site, value: string, to: DType): string {
  return site.emit(step("Cast", [value], { to: int(ONNX_TYPES[to]) }));
}

function whole(site: Site, value: number): string {
  return site.constant(tensor("i64", [], [value]));
}

/** Rounded down, as shifts are: Mod has the sign of the divisor. */
function shifted(site: Site, value: string, bits: number): string {
  if (bits === 0) return value;
  const divisor = whole(site, 2 ** bits);
  const rest = site.emit(step("Mod", [value, divisor]));
  return site.emit(step("Div", [site.emit(step("Sub", [value, rest])), divisor]));
}
