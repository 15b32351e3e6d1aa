/** A photo to labels, in a page: the one beside it, then those that are chosen. */
import { labels, load } from "./photo.model.ts";

const model = await load();
const canvas = new OffscreenCanvas(640, 480).getContext("2d", { willReadFrequently: true });

async function read(photo) {
  canvas.drawImage(await createImageBitmap(photo), 0, 0, 640, 480);
  const { scores, classes } = model.run({ image: canvas.getImageData(0, 0, 640, 480) });
  const lines = Array.from(classes, (c, i) => `${labels[c]} ${(100 * scores[i]).toFixed(1)} %`);
  document.querySelector("output").textContent = lines.join(", ");
}

document.querySelector("input").onchange = ({ target }) => read(target.files[0]);
await read(await (await fetch(new URL("photo.jpg", import.meta.url))).blob());
