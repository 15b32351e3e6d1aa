/** ONNX messages as they are read: absent numbers are 0, absent texts "", absent lists empty. */

export interface OnnxModel {
  readonly irVersion: bigint;
  readonly producerName: string;
  readonly opsetImport: readonly OnnxOpset[];
  readonly graph: OnnxGraph | undefined;
  readonly functions: readonly OnnxFunction[];
}

export interface OnnxOpset {
  readonly domain: string;
  readonly version: bigint;
}

export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly sparseInitializer: readonly { readonly values: OnnxTensor | undefined }[];
  readonly input: readonly OnnxValueInfo[];
  readonly output: readonly OnnxValueInfo[];
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Names of attributes without a default. */
  readonly attribute: readonly string[];
  /** Attributes with their defaults. */
  readonly attributeProto: readonly OnnxAttribute[];
  readonly node: readonly OnnxNode[];
  readonly opsetImport: readonly OnnxOpset[];
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly overload: string;
  /** "" where an optional one is left out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  /** Inside a function: the function's attribute whose value this one takes. */
  readonly refAttrName: string;
  readonly f: number;
  readonly i: bigint;
  readonly s: Uint8Array;
  readonly t: OnnxTensor | undefined;
  readonly g: OnnxGraph | undefined;
  readonly floats: readonly number[];
  readonly ints: readonly bigint[];
  readonly strings: readonly Uint8Array[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly bigint[];
  readonly dataType: number;
  /** Little-endian, row-major. */
  readonly rawData: Uint8Array;
  /** Numbers as the wire has them, end to end: 4 bytes each, varints, or 8 bytes each. */
  readonly floatData: Uint8Array;
  readonly int32Data: Uint8Array;
  readonly int64Data: Uint8Array;
  readonly doubleData: Uint8Array;
  readonly uint64Data: Uint8Array;
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  /** 1: the values are in the file that externalData names. */
  readonly dataLocation: number;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type:
    | {
        /** Absent for sequences, maps and optional values. */
        readonly tensorType:
          | {
              readonly elemType: number;
              readonly shape: { readonly dim: readonly OnnxDim[] } | undefined;
            }
          | undefined;
      }
    | undefined;
}

export interface OnnxDim {
  readonly dimValue: bigint;
  readonly dimParam: string;
}
