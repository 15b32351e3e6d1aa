/** What torch and torchvision say, as golden/reference.py wrote it with the versions that the file names. */
import { readFileSync } from "node:fs";

interface Reference {
  readonly versions: { readonly torch: string; readonly torchvision: string };
  readonly suppression: readonly {
    readonly iouThreshold: number;
    readonly boxes: readonly number[];
    readonly scores: readonly number[];
    readonly classes: readonly number[];
    readonly nms: readonly number[];
    readonly batchedNms: readonly number[];
    readonly firstIou: readonly number[];
  }[];
  readonly scores: readonly {
    readonly classes: number;
    readonly scores: readonly number[];
    readonly softmax: readonly number[];
    readonly sigmoid: readonly number[];
    readonly topValues: readonly number[];
  }[];
}

const file = new URL("golden/reference.json", import.meta.url);

export const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
