/** What a verb of the command line is, and where its words go. */
import type { Given, OptionRows } from "../project/given.js";

/** Output streams of one run of the command. */
export interface Streams {
  /** Results. */
  stdout(text: string): void;
  /** Problems and progress. */
  stderr(text: string): void;
  /** Whether stderr is a terminal, where progress may be drawn. */
  readonly terminal: boolean;
  /** Whether colours are welcome. */
  readonly color: boolean;
}

export interface Verb {
  readonly name: string;
  readonly description: string;
  /** `<model>` by default; `<model> <node>` where there are two, `<...dirs>` where there may be several, `[model]` where there may be none. */
  readonly argument?: string;
  readonly options: OptionRows;
  /** Flags of the engine that a process which runs this has to start with: none can be set later. */
  engineFlags?(given: Given): readonly string[];
  /**
   * Runs on the model at a path and yields the exit code: 0, or 1 where the model is wrong. Throws
   * CompileError; code `usage` is the caller's mistake. `others`: further paths, where there may be several.
   */
  run(path: string, given: Given, streams: Streams, others: readonly string[]): Promise<number>;
  /** Whether it asks the project itself what it says of a model: it may ask again. */
  readonly asksProject?: true;
  /** The same without a path, where there may be none. */
  runAll?(given: Given, streams: Streams): Promise<number>;
}
