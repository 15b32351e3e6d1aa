/** Reads the digit that is drawn with the mouse, while it is drawn. */
import { load } from "./digits.model.ts?target=wasm";

const canvas = document.querySelector("canvas");
const output = document.querySelector("output");
const pen = canvas.getContext("2d", { willReadFrequently: true });
// The canvas is as large as the network's input, and shown ten times as large.
pen.scale(0.1, 0.1);
Object.assign(pen, { lineWidth: 22, lineCap: "round", lineJoin: "round", strokeStyle: "white" });

const network = await load();

function read() {
  const { data } = pen.getImageData(0, 0, 28, 28);
  const image = Float32Array.from({ length: 28 * 28 }, (_, i) => data[4 * i + 3] / 255);
  const { logits } = network.run({ image });
  output.textContent = `It is ${logits.indexOf(Math.max(...logits))}`;
}

canvas.onpointerdown = ({ offsetX, offsetY }) => {
  pen.beginPath();
  pen.moveTo(offsetX, offsetY);
};
canvas.onpointermove = ({ buttons, offsetX, offsetY }) => {
  if (buttons === 0) return;
  pen.lineTo(offsetX, offsetY);
  pen.stroke();
  read();
};
document.querySelector("button").onclick = () => {
  pen.clearRect(0, 0, 280, 280);
  output.textContent = "";
};
output.textContent = "Draw a digit";
