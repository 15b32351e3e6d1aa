/** Networks over time: M5 on raw sound, and one that masks a spectrum, as DTLN does, with LSTMs. */
import { linear, lstm, model, mul, sigmoid } from "tilewright";
import { m5 } from "../../../examples/m5.js";
import { caseOf } from "../convolutions.js";
import type { MakeCase } from "../peer.js";

/** A mask for each of the frames of a magnitude spectrum (Westhausen and Meyer 2020). */
function masker(frames: number) {
  const layers = {
    first: lstm({ inputSize: 257, hiddenSize: 128, batchFirst: true }),
    second: lstm({ inputSize: 128, hiddenSize: 128, batchFirst: true }),
    mask: linear({ inFeatures: 128, outFeatures: 257 }),
  };
  return model("masker", { spectrum: [1, frames, 257] }, layers, (m, { spectrum }) => {
    const [first] = m.first(spectrum);
    const [second] = m.second(first);
    return { spoken: mul(sigmoid(m.mask(second)), spectrum) };
  });
}

export const sound: readonly MakeCase[] = [
  () => caseOf("M5 16000", m5({ size: 16_000 })),
  () => caseOf("masker, LSTMs, 100 frames", masker(100)),
];
