/** Kinds of networks that the bench's own ten are not: small ones of each, one file a kind, joined here. */
import type { MakeCase } from "../peer.js";
import { boxes } from "./boxes.js";
import { convNext } from "./convNext.js";
import { deepLab } from "./deepLab.js";
import { dynamic } from "./dynamic.js";
import { diffusion } from "./diffusion.js";
import { faces } from "./faces.js";
import { imageTranslation } from "./imageTranslation.js";
import { maxVit } from "./maxVit.js";
import { mobileVit } from "./mobileVit.js";
import { nafNet } from "./nafnet.js";
import { pictures } from "./pictures.js";
import { products } from "./products.js";
import { quantized } from "./quantized.js";
import { sound } from "./sound.js";
import { swin } from "./swin.js";
import { vit } from "./vit.js";
import { yolov8 } from "./yolov8.js";

/** Made one at a time, when it is their turn. */
export function otherCases(): readonly MakeCase[] {
  return [
    ...[deepLab, yolov8, boxes, faces, pictures, sound, products, quantized, dynamic],
    ...[imageTranslation, nafNet, diffusion, convNext, vit, swin, mobileVit, maxVit],
  ].flat();
}
