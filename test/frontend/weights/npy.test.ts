/** .npy files: what NumPy writes is read, and a header that it would not read is refused. */
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../compiler/cli/npy.js";
import { readNpy, readTypedNpy } from "../../../compiler/frontend/weights/npy.js";
import { problemsOf } from "../../support/problems.js";
import { npyFile, npyHeader } from "../../support/weightFiles.js";

const four = new Uint8Array(Float32Array.of(2).buffer);
const one = npyHeader("<f4", "(1,)");

describe("an .npy file", () => {
  it("reads back as it was written", () => {
    const values = [1.5, -2, 0.25, 65504];
    const bytes = writeNpy({ dtype: "f32", dims: [2, 2] }, Float32Array.from(values));
    expect([...readNpy(bytes).data]).toEqual(values);
    expect(readNpy(bytes).type.dims).toEqual([2, 2]);
  });

  it.each<readonly [string, Uint8Array, readonly number[]]>([
    ["a scalar", npyFile(npyHeader("<f4", "()"), four), []],
    ["version 2", npyFile(one, four, [2, 0]), [1]],
    ["version 3", npyFile(one, four, [3, 0]), [1]],
    ["no comma at the end", npyFile(npyHeader("<f4", "(1, 1)").replace(", }", "}"), four), [1, 1]],
    ["numbers of Python 2", npyFile(npyHeader("<f4", "(1L, 1L)"), four), [1, 1]],
    [
      "double quotes, another order and blanks",
      npyFile(`{ "shape" : ( 1 , ) ,"descr":"<f4" , "fortran_order":False}   `, four),
      [1],
    ],
    ["no values", npyFile(npyHeader("<f4", "(0, 3)"), new Uint8Array(0)), [0, 3]],
  ])("may have %s", (_, bytes, dims) => {
    expect(readNpy(bytes).type.dims).toEqual(dims);
    if (dims[0] !== 0) expect([...readNpy(bytes).data]).toEqual([2]);
  });

  it("has its own element type where that is wanted, and bools that are 0 or 1", () => {
    const bytes = Uint8Array.of(0, 128, 255);
    expect([...readNpy(npyFile(npyHeader("|u1", "(3,)"), bytes)).data]).toEqual([0, 128, 255]);
    const bools = readTypedNpy(npyFile(npyHeader("|b1", "(3,)"), bytes));
    expect(bools.type.dtype).toBe("bool");
    expect([...bools.data]).toEqual([0, 1, 1]);
  });
});

describe("no .npy file is", () => {
  const wrong = (header: string): Uint8Array => npyFile(header, four);
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /magic bytes/],
    ["its magic alone", npyFile(one, four).slice(0, 8), /ends within its header/],
    ["a header past the end", npyFile(one, four).slice(0, 30), /header claims 5\d bytes of 30/],
    ["a header of 10,001 bytes", wrong(one.padEnd(10_000)), /header claims 10001 bytes/],
    ["version 4", npyFile(one, four, [4, 0]), /has version 4.0/],
    ["version 0", npyFile(one, four, [0, 0]), /has version 0.0/],
    ["version 1.1", npyFile(one, four, [1, 1]), /has version 1.1/],
    ["objects", npyFile(npyHeader("|O", "(1,)"), new Uint8Array(8)), /dtype \|O/],
    ["big-endian", wrong(npyHeader(">f4", "(1,)")), /highest byte; save it with .*'<f4'/],
    ["Fortran order", wrong(one.replace("False", "True")), /Fortran order; save it with/],
    ["too few values", wrong(npyHeader("<f4", "(3,)")), /4 bytes of values are not 3 of <f4/],
    ["junk behind the values", npyFile(one, new Uint8Array(5)), /5 bytes of values are not 1/],
    ["2^40 values", wrong(npyHeader("<f4", "(1099511627776,)")), /more values than 536870911/],
    ["2^60 times 2^60 of them", wrong(npyHeader("<f4", `(${2n ** 60n}, ${2n ** 60n})`)), /more v/],
    ["65 dims", wrong(npyHeader("<f4", `(${"1, ".repeat(65)})`)), /65 dims: the most is 64/],
    ["a negative dim", wrong(npyHeader("<f4", "(-1,)")), /the value of shape, a tuple/],
    ["a dim with a fraction", wrong(npyHeader("<f4", "(1.5,)")), /the value of shape/],
    ["a number for a tuple", wrong(npyHeader("<f4", "(1)")), /is a number, no tuple/],
    ["a list for a tuple", wrong(npyHeader("<f4", "[1]")), /the value of shape/],
    ["dims without a comma", wrong(npyHeader("<f4", "(1 1)")), /the value of shape/],
    ["a computed dim", wrong(npyHeader("<f4", "(1*1,)")), /the value of shape/],
    ["no shape", wrong("{'descr': '<f4', 'fortran_order': False, }"), /has no shape/],
    ["no descr", wrong("{'fortran_order': False, 'shape': (1,), }"), /has no descr/],
    ["no order", wrong("{'descr': '<f4', 'shape': (1,), }"), /has no fortran_order/],
    ["a key more", wrong(one.replace("}", "'a': 1}")), /expected descr, fortran_order or shape/],
    ["__proto__", wrong(one.replace("}", "'__proto__': 1}")), /expected descr/],
    ["a key twice", wrong(one.replace("}", "'shape': (1,)}")), /'shape' is there twice/],
    ["a dtype of parts", wrong(one.replace("'<f4'", "[('a', '<f4')]")), /value of descr/],
    ["an order that is 0", wrong(one.replace("False", "0")), /value of fortran_order, True or/],
    ["a call", wrong(`exit() or ${one}`), /expected '\{' at character 0/],
    ["text behind the table", wrong(`${one} x`), /expected a key, or '\}' and the end/],
    ["two tables", wrong(`${one} ${one}`), /expected a key, or '\}' and the end/],
    ["no end", wrong(one.slice(0, -1)), /expected a key, or '\}' and the end/],
    ["no comma between", wrong(one.replace("', 'f", "' 'f")), /expected ',', or '\}'/],
    ["two commas", wrong(one.replace(", }", ",, }")), /expected a key/],
  ])("%s", (_, bytes, message) => {
    const problems = problemsOf(() => readNpy(bytes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\[bad-file\]/);
    expect(problems[0]).toMatch(message);
  });
});
