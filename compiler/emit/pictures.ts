/** What is said of inputs that are bytes: those of a canvas will do, and a picture comes with its sides. */
import { isPicture, picturesBySize } from "../base/picture.js";
import type { Port } from "../program/program.js";
import { inComment } from "./names.js";
import { ARRAYS } from "./parts.js";

export interface InputForm {
  readonly type: string;
  readonly isOptional?: true;
  /** Behind the type and the number of elements. */
  readonly note: string;
  /** What a module says of it besides type and dims. */
  readonly row: { readonly sizeOf?: string; readonly upTo?: true };
}

/** Types that modules with these inputs import from the runtime. */
export function pictureTypes(inputs: readonly Port[]): readonly string[] {
  return inputs.some(({ type }) => isPicture(type)) ? ["Picture"] : [];
}

/** How a run takes each input, by its name. */
export function inputForms(inputs: readonly Port[]): ReadonlyMap<string, InputForm> {
  const pictures = picturesBySize(inputs);
  const sized = new Set(pictures.values());
  return new Map(
    inputs.map(({ name, type }): [string, InputForm] => {
      const picture = pictures.get(name);
      if (picture !== undefined) {
        const note = ` Height and width of ${inComment(picture)}, where that is an array.`;
        return [
          name,
          { type: ARRAYS[type.dtype], isOptional: true, note, row: { sizeOf: picture } },
        ];
      }
      if (type.dtype !== "u8") return [name, { type: ARRAYS[type.dtype], note: "", row: {} }];
      const arrays = "Uint8Array | Uint8ClampedArray";
      if (!isPicture(type)) return [name, { type: arrays, note: "", row: {} }];
      const upTo = sized.has(name);
      const note = upTo ? " With its own sides it may be smaller." : "";
      return [name, { type: `${arrays} | Picture`, note, row: upTo ? { upTo: true } : {} }];
    }),
  );
}
