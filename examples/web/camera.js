/** Camera to labels, in a page that Vite builds with the plugin. */
import { labels, load } from "./photo.model.ts";

const model = await load();
const size = { width: 640, height: 480 };
const srcObject = await navigator.mediaDevices.getUserMedia({ video: size });
const video = Object.assign(document.createElement("video"), { srcObject, muted: true });
await video.play();
const canvas = new OffscreenCanvas(640, 480).getContext("2d", { willReadFrequently: true });
setInterval(() => {
  canvas.drawImage(video, 0, 0, 640, 480);
  const { scores, classes } = model.run({ image: canvas.getImageData(0, 0, 640, 480) });
  const lines = Array.from(classes, (c, i) => `${labels[c]} ${(100 * scores[i]).toFixed(1)} %`);
  document.querySelector("output").textContent = lines.join(", ");
}, 100);
