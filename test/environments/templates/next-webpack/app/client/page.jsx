/** Reads the digits in the browser. */
"use client";
import { useEffect, useState } from "react";
import { load } from "../../lenet5.onnx?target=wasm";
import { readDigits } from "../../digits.mjs";

export default function Page() {
  const [text, setText] = useState("");
  useEffect(() => {
    load().then((network) => setText(readDigits(network)), console.error);
  }, []);
  return <output>{text}</output>;
}
