/** What helpers say of arguments that do not fit: which, what was expected, what was given. */

/** Throws a RangeError unless `value` is an integer in least … most. */
export function checkInteger(
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} … ${most}`;
  throw new RangeError(`${name} is ${value}, expected an integer of ${range}`);
}

/** Throws a RangeError unless `value` is a number in least … most. */
export function checkNumber(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new RangeError(`${name} is ${value}, expected a number from ${least} to ${most}`);
}

/** Throws a RangeError unless there are as many values as the factors of `shape` multiply to. */
export function checkLength(name: string, length: number, shape: readonly number[]): void {
  const expected = shape.reduce((product, extent) => product * extent, 1);
  if (length === expected) return;
  throw new RangeError(`${name} has ${length} values, expected ${shape.join(" × ")} = ${expected}`);
}

/** How many rows of `width` there are. Throws a RangeError where values are left over. */
export function countRows(name: string, length: number, width: number): number {
  if (length % width === 0) return length / width;
  throw new RangeError(`${name} has ${length} values, expected a multiple of ${width}`);
}
