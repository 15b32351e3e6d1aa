/** Attributes of ONNX that no row knows, so that a model with one is refused. */
export const unread: Readonly<Record<string, string>> = {
  consumed_inputs: "of the first opset alone, a hint to engines long gone",
  sparse_value: "constants are dense",
  value_string: "there are no tensors of text",
  value_strings: "there are no tensors of text",
};
