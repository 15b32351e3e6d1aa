/** The protobuf library, loaded where the first file of ONNX is read or written: most builds need none of it. */
import { createRequire } from "node:module";
import type protobuf from "protobufjs";

let loaded: typeof protobuf | undefined;

export function loadProtobuf(): typeof protobuf {
  loaded ??= createRequire(import.meta.url)("protobufjs") as typeof protobuf;
  return loaded;
}
