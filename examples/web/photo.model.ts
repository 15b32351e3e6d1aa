/** The same network for photos: photo.tilewright.json says what comes before and behind it. */
export { default } from "./digits.model.js";
