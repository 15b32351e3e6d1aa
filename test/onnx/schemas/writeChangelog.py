"""Writes changelog.tsv: every version of every op of ONNX's own domain, as the Python package `onnx` has them.

pip install onnx && python test/onnx/schemas/writeChangelog.py
"""

from pathlib import Path

import onnx
from onnx import AttributeProto, defs, helper

# Element types that Tilewright has, by the names that both sides use.
TYPES = {
    "tensor(float)": "f32",
    "tensor(int32)": "i32",
    "tensor(int64)": "i64",
    "tensor(uint8)": "u8",
    "tensor(int8)": "i8",
    "tensor(bool)": "bool",
}
MARKS = {"Single": "", "Optional": "?", "Variadic": "…"}


def types_of(schema, name):
    allowed = {constraint.type_param_str: constraint.allowed_type_strs for constraint in schema.type_constraints}
    strings = set(allowed.get(name, [name]))
    return "|".join(short for long, short in TYPES.items() if long in strings)


def parameters(schema, formal):
    return " ".join(f"{one.name}{MARKS[one.option.name]}:{one.type_str}" for one in formal)


def constraints(schema):
    names = {one.type_str for one in [*schema.inputs, *schema.outputs]}
    return " ".join(f"{name}={types_of(schema, name)}" for name in sorted(names))


def default_of(attribute):
    if attribute.required:
        return "!"
    if attribute.default_value.type == AttributeProto.UNDEFINED:
        return ""
    value = helper.get_attribute_value(attribute.default_value)
    if isinstance(value, list):
        return "[" + ",".join(str(one) for one in value) + "]"
    return value.decode() if isinstance(value, bytes) else f"{value:.9g}" if isinstance(value, float) else str(value)


def line(schema):
    attributes = " ".join(f"{name}={default_of(one)}" for name, one in sorted(schema.attributes.items()))
    fields = [schema.name, str(schema.since_version)]
    if schema.deprecated and schema.since_version == newest[schema.name]:
        return "\t".join([*fields, "deprecated"])
    fields += [parameters(schema, schema.inputs), parameters(schema, schema.outputs), constraints(schema), attributes]
    return "\t".join(fields)


schemas = [one for one in defs.get_all_schemas_with_history() if one.domain == ""]
schemas.sort(key=lambda one: (one.name, one.since_version))
newest = {one.name: one.since_version for one in schemas}
text = f"# onnx {onnx.__version__}, opset {defs.onnx_opset_version()}\n" + "".join(line(one) + "\n" for one in schemas)
Path(__file__).with_name("changelog.tsv").write_text(text)
