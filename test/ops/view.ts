/** What a View says an op's output is, read literally: so that a view and its op cannot disagree. */
import type { View } from "../../compiler/compute/view.js";
import type { Tensor, TensorType } from "../../compiler/base/tensor.js";
import { at, build } from "./cases/opCase.js";

export function applyView(view: View, inputs: readonly Tensor[], output: TensorType): Tensor {
  const x = inputs[0]!;
  switch (view.kind) {
    case "reshape":
      return { type: output, data: x.data };
    case "permute":
      return build(output.dtype, output.dims, (index) => {
        const from = new Array<number>(index.length);
        view.permutation.forEach((axis, i) => (from[axis] = index[i]!));
        return at(x, from);
      });
    case "slice":
      return build(output.dtype, output.dims, (index) =>
        at(
          x,
          index.map((i, d) => view.starts[d]! + view.steps[d]! * i),
        ),
      );
    case "concat":
      return build(output.dtype, output.dims, (index) => {
        let start = 0;
        for (const input of inputs) {
          const end = start + input.type.dims[view.axis]!;
          if (index[view.axis]! < end)
            return at(input, index.with(view.axis, index[view.axis]! - start));
          start = end;
        }
        throw new Error("past the last operand");
      });
    default:
      return view satisfies never;
  }
}
