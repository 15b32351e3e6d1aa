/** What the benchmark compares: engines that can prepare a case, and cases that any engine can be given. */
import type { Definition, Graph } from "tilewright";

/** Row-major values by the names of inputs or outputs. */
export type Arrays = Readonly<Record<string, Float32Array>>;

export interface Case {
  readonly name: string;
  readonly definition: Definition;
  /** Of a layer: a network that has it and its input under the same names, and something after it. */
  readonly within?: Definition;
  /** The same model, typed and as its author wrote it: what engines without our definitions are told. */
  readonly graph: Graph;
  /** The file that it is read from, where it is: other engines get its very bytes. */
  readonly onnx?: Uint8Array;
  readonly inputs: Arrays;
  /** Of one run. */
  readonly multiplyAdds: number;
  /** How far outputs may differ, relative to their rms, where the suite's bound is not right. */
  readonly tolerance?: number;
}

/** A model that an engine has ready: inputs are in place and only computing is left. */
export interface Prepared {
  /** Computes the outputs once, until they can be read. */
  run(): unknown;
  /** Row-major values of the last run. */
  outputs(): Arrays | Promise<Arrays>;
  dispose?(): unknown;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Undefined where the engine lacks something that the case needs. */
  prepare(one: Case): Promise<Prepared | undefined>;
}

/** Makes a case when it is its turn, where it is asked for: weights may be hundreds of megabytes. */
export interface MakeCase {
  readonly name: string;
  make(name: string): Case | Promise<Case>;
}
