/** What exceptions ask of a case: its numbers and attributes. */
import type { NodeCase } from "./nodeCase.js";

export const numbers = ({ inputs }: NodeCase, input: number): number[] => {
  const given = inputs[input]?.tensor;
  return given === undefined ? [] : Array.from(given.data, Number);
};

export const some =
  (input: number, test: (value: number) => boolean) =>
  (one: NodeCase): boolean =>
    numbers(one, input).some(test);

export const special = (value: number): boolean => !Number.isFinite(value);
export const large = (value: number): boolean => !(Math.abs(value) <= 100);

export const attribute = ({ attributes }: NodeCase, name: string): string =>
  String(attributes[name] as string | undefined);

export const listed = ({ attributes }: NodeCase, name: string): readonly number[] =>
  (attributes[name] as readonly number[] | undefined) ?? [];
