/** .npz archives: what NumPy writes is read; what is damaged, repeated, hidden or too much is refused where it is. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startBudget } from "../../../compiler/base/budget.js";
import { readTypedNpy } from "../../../compiler/frontend/weights/npy.js";
import { readNpz } from "../../../compiler/frontend/weights/npz.js";
import { problemsOf } from "../../support/problems.js";
import {
  npyFile,
  npyHeader,
  npyOfFloats,
  zipFile,
  type ZipOptions,
} from "../../support/weightFiles.js";

const arrays = { "a.npy": npyOfFloats([1, 2, 3]), "b/ü.npy": npyOfFloats([4]) };
const values = [
  ["a", [1, 2, 3]],
  ["b/ü", [4]],
];

const choices = [false, true];
const all: readonly ZipOptions[] = choices.flatMap((deflate) =>
  choices.flatMap((zip64) => choices.map((streamed) => ({ deflate, zip64, streamed }))),
);

const read = (bytes: Uint8Array) =>
  [...readNpz(bytes)].map(([name, { data }]) => [name, [...data]]);

describe("an .npz archive", () => {
  it.each(all)("is read: %j", (options) => {
    expect(read(zipFile(arrays, options))).toEqual(values);
  });

  it("may have entries that are no arrays, and none", () => {
    expect(read(zipFile({ "read.me": Uint8Array.of(1), ...arrays }))).toEqual(values);
    expect(read(zipFile({}))).toEqual([]);
  });

  it("has arrays of their own types where those are wanted", () => {
    const bools = npyFile(npyHeader("|b1", "(2,)"), Uint8Array.of(0, 1));
    const [type] = [...readNpz(zipFile({ "b.npy": bools }), readTypedNpy).values()];
    expect(type!.type.dtype).toBe("bool");
  });

  it.each(all)("is refused wherever it is cut off or one byte is another: %j", (options) => {
    const good = zipFile(arrays, options);
    for (let at = 0; at < good.length; at++) {
      expect(problemsOf(() => readNpz(good.subarray(0, at)))).toHaveLength(1);
      const changed = Uint8Array.from(good);
      changed[at]! ^= 0x10;
      const problems = problemsOf(() => expect(read(changed)).toEqual(values));
      // Versions, times and attributes mean nothing here; all that is read is checked.
      expect(problems.length <= 1).toBe(true);
    }
  });
});

/** Where the parts of an archive of one stored entry, `a.npy`, are. */
interface Parts {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly central: number;
  readonly end: number;
}

const LOCAL = 0;

function changed(change: (parts: Parts) => Uint8Array | undefined | void, options?: ZipOptions) {
  const bytes = zipFile({ "a.npy": npyOfFloats([1, 2, 3]) }, options);
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  return change({ view, bytes, end, central: view.getUint32(end + 16, true) }) ?? bytes;
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** The same number in the local header and in the directory. */
const both = (local: number, inDirectory: number, size: 16 | 32, value: number) =>
  changed(({ view, central }) => {
    const set = size === 16 ? view.setUint16.bind(view) : view.setUint32.bind(view);
    set(LOCAL + local, value, true);
    set(central + inDirectory, value, true);
  });

describe("no .npz archive is", () => {
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /no end of a directory is in the last 22 of 0 bytes/],
    ["an .npy file", npyOfFloats([1, 2, 3]), /no end of a directory/],
    ["junk behind it", changed(({ bytes }) => joined(bytes, bytes.subarray(0, 3))), /no end of a/],
    [
      "junk before it",
      changed(({ bytes }) => joined(Uint8Array.of(1), bytes)),
      /directory is said/,
    ],
    ["a comment", changed(({ view, end }) => view.setUint16(end + 20, 7, true)), /has a comment/],
    ["a part of several", changed(({ view, end }) => view.setUint16(end + 4, 1, true)), /several/],
    [
      "more entries than there are",
      changed(({ view, end }) => {
        view.setUint16(end + 8, 2, true);
        view.setUint16(end + 10, 2, true);
      }),
      /directory has 1 entries, its end says 2/,
    ],
    ["another CRC", both(14, 16, 32, 0xabcdef), /'a.npy': .*CRC-32 is [0-9a-f]{8}, .*00abcdef/],
    ["encrypted", both(6, 8, 16, 1), /'a.npy': .*encrypted or patched/],
    ["strongly encrypted", both(6, 8, 16, 65), /encrypted or patched/],
    [
      "another compression",
      both(8, 10, 16, 14),
      /'a.npy': .*method 14: expected 0 \(stored\) or 8/,
    ],
    [
      "no deflate",
      changed(({ bytes }) => void (bytes[30 + "a.npy".length] = 0xff), { deflate: true }),
      /'a.npy': .*packed data is damaged \(Z_DATA_ERROR\)/,
    ],
    ["another size", both(22, 24, 32, 5), /unpacks to \d+ bytes, the directory says 5/],
    ["data outside", both(18, 20, 32, 5000), /'a.npy': .*data ends at \d+, behind the directory/],
    [
      "headers that disagree",
      changed(({ view }) => view.setUint32(LOCAL + 22, 5, true)),
      /'a.npy': .*header at byte 0 disagrees with the directory/,
    ],
    [
      "another name in the entry",
      changed(({ bytes }) => void (bytes[30] = 98)),
      /'a.npy': .*disagrees with the directory/,
    ],
    [
      "a name that is no UTF-8",
      changed(({ bytes, central }) => void (bytes[central + 46] = 0xff)),
      /the name at byte \d+ is not UTF-8/,
    ],
    [
      "an entry that is nowhere",
      changed(({ view, central }) => view.setUint32(central + 42, 1, true)),
      /'a.npy': .*begins at 1: bytes 0 to 1 are nobody's/,
    ],
    [
      "a descriptor that disagrees",
      changed(({ view, central }) => view.setUint32(central - 4, 1, true), { streamed: true }),
      /'a.npy': .*what follows its data at byte \d+ disagrees/,
    ],
    [
      "two ends that disagree",
      changed(({ view, end }) => view.setUint16(end + 10, 5, true), { zip64: true }),
      /several parts, or has a comment/,
    ],
    [
      "two ends with other sizes",
      changed(({ view, end }) => view.setUint32(end + 12, 5, true), { zip64: true }),
      /its two ends disagree/,
    ],
    ["an array that is none", zipFile({ "x.npy": Uint8Array.of(1) }), /'x.npy': .*magic bytes/],
  ])("%s", (_, bytes, message) => {
    const problems = problemsOf(() => readNpz(bytes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\[bad-file\]/);
    expect(problems[0]).toMatch(message);
  });

  it("one whose directory lists one entry many times", () => {
    const twice = (rename: boolean): Uint8Array =>
      changed(({ bytes, central, end }) => {
        const entry = bytes.slice(central, end);
        const other = entry.slice();
        if (rename) other[46] = 98;
        const all = joined(bytes.subarray(0, end), other, bytes.subarray(end));
        const view = new DataView(all.buffer, all.byteOffset);
        const at = all.length - 22;
        for (const i of [8, 10]) view.setUint16(at + i, 2, true);
        view.setUint32(at + 12, 2 * entry.length, true);
        return all;
      });
    expect(problemsOf(() => readNpz(twice(false)))[0]).toMatch(
      /'a.npy': .*the name is there twice/,
    );
    const shared = problemsOf(() => readNpz(twice(true)));
    expect(shared[0]).toMatch(/'b.npy': .*begins at 0, within others that end at \d+/);
  });

  it("one with bytes behind its packed data", () => {
    const content = npyOfFloats([1, 2, 3]);
    const packed = joined(deflateRawSync(content), Uint8Array.of(9, 9, 9));
    const bytes = changed(({ bytes: good, view, central }) => {
      for (const [at, value] of [
        [8, 8],
        [central + 10, 8],
      ] as const)
        view.setUint16(at, value, true);
      for (const at of [18, central + 20]) view.setUint32(at, packed.length, true);
      const start = 30 + "a.npy".length;
      const all = joined(good.subarray(0, start), packed, good.subarray(central));
      new DataView(all.buffer, all.byteOffset).setUint32(
        all.length - 6,
        start + packed.length,
        true,
      );
      return all;
    });
    expect(problemsOf(() => readNpz(bytes))[0]).toMatch(
      /3 bytes behind its packed data are nobody/,
    );
  });
});

describe("an archive that unpacks to far more than it is", () => {
  const zeros = (count: number): Uint8Array =>
    npyFile(npyHeader("<f4", `(${count},)`), new Uint8Array(4 * count));

  it("is refused before it is unpacked, with the way to read it all the same", () => {
    const bytes = zipFile({ "w.npy": zeros(2 ** 20) }, { deflate: true });
    const small = startBudget({ bytes: 2 ** 20 });
    const [problem] = problemsOf(() => readNpz(bytes, undefined, small));
    expect(problem).toMatch(/^\[over-budget\] 'w.npy': .*--budget bytes=\d+/);
    expect(readNpz(bytes).get("w")!.data).toHaveLength(2 ** 20);
  });

  it("is stopped where the directory says less than there is", () => {
    const bytes = changed(
      ({ view, central }) => {
        view.setUint32(LOCAL + 22, 70, true);
        view.setUint32(central + 24, 70, true);
      },
      { deflate: true },
    );
    expect(problemsOf(() => readNpz(bytes))[0]).toMatch(
      /more than the 70 bytes that the directory/,
    );
  });
});
