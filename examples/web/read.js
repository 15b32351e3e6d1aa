/** A JPEG to labels, in Node: npx tilewright build photo.model.ts --js && node read.js photo.jpg */
import sharp from "sharp";
import { labels, load } from "./photo.js";

const model = await load();
const { data, info } = await sharp(process.argv[2])
  .ensureAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const { scores, classes } = model.run({ image: { ...info, data } });
classes.forEach((c, i) => console.log(`${labels[c]} ${(100 * scores[i]).toFixed(1)} %`));
