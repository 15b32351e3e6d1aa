/** What a report says of a model, as plain data: `report --json` prints it, and the page draws nothing else. */
import type { ArenaUse } from "../analysis/arena.js";
import type { SummaryRow } from "../analysis/summary.js";
import type { FilterData, SampleData } from "./sampleData.js";
import type { Decision } from "../schedule/decision.js";
import type { ThreadsReport } from "../report.js";
import type { Timings } from "./timings.js";

export interface ReportData {
  /** Changes where what is read from it has to change. */
  readonly format: 1;
  /** The version that made it. */
  readonly tilewright: string;
  readonly model: string;
  /** SHA-256 of the model, hex. */
  readonly hash: string;
  readonly target: string;
  readonly totals: Totals;
  readonly inputs: readonly PortData[];
  readonly outputs: readonly PortData[];
  /** Parameters that are random, because nobody gave them values. */
  readonly untrained: readonly string[];
  readonly warnings: readonly string[];
  /** As `summary --json` has them. */
  readonly layers: readonly SummaryRow[];
  /** What positions of layers see where it is not what `receptiveFields` say of all of them. */
  readonly seen: readonly SeenByLayer[];
  /** Name and type of every constant of any view. */
  readonly constants: readonly (readonly [name: string, type: string])[];
  /** Every node of any view once: views name them by position. */
  readonly nodes: readonly NodeData[];
  /** The definition, the graph after each pass, and the program after passes that change its kernels. */
  readonly views: readonly ViewData[];
  /** Of the program as it runs, in order. */
  readonly kernels: readonly KernelData[];
  readonly memory: MemoryData;
  /** Of a module for several threads. */
  readonly threads?: ThreadsReport;
  /** As `bench --json` has them; absent where nothing was timed. */
  readonly times?: Timings;
  /** What layers that multiply have learnt. */
  readonly filters: readonly FilterData[];
  /** Absent where no input was given. */
  readonly sample?: SampleData;
}

export interface SeenByLayer {
  readonly layer: string;
  readonly input: string;
  readonly axes: readonly SeenAxis[];
}

/** Along one spatial axis of an input: the first and last pixel that each position sees; none where last is before first. */
export interface SeenAxis {
  /** The dim of the layer that positions are along; absent where there is one for all. */
  readonly dim?: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** What drawings are made from. */
export type Views = Pick<ReportData, "inputs" | "outputs" | "constants" | "nodes" | "views">;

export interface Totals {
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly flops: number;
  readonly arenaBytes: number;
  readonly constantBytes: number;
  /** Of these so many lie in the arena: kernels at load alone read them. */
  readonly overlaidBytes: number;
  /** Those bytes by how elements lie: f32, i8, f16 … */
  readonly constantTypes: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** An input, a state, or an output. */
export interface PortData {
  readonly name: string;
  /** `f32[1,3,224,224]` */
  readonly type: string;
  readonly dims: readonly number[];
}

/** What a node does, read off its meaning: sums of products, other sums and extremes, element by element, or moving. */
export type NodeKind = "product" | "reduction" | "pointwise" | "movement";

export interface NodeData {
  readonly name: string;
  readonly op: string;
  /** `%value`, `@constant`, or null where an optional operand is left out. */
  readonly inputs: readonly (string | null)[];
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly kind: NodeKind;
  /** Absent in a definition, where nothing has a type yet. */
  readonly dtype?: string;
  readonly dims?: readonly number[];
  readonly parameters?: number;
  readonly multiplyAdds?: number;
  /** Of its value. */
  readonly bytes?: number;
}

export interface Firing {
  readonly rule: string;
  readonly node: string;
}

export interface ViewData {
  /** `definition`, or the pass that left it. */
  readonly name: string;
  readonly kind: "definition" | "graph" | "program";
  /** Positions in `ReportData.nodes`; of a program those of the graph that it computes. */
  readonly nodes: readonly number[];
  /** What each output is: its name, and that of a value. */
  readonly results: readonly (readonly [name: string, value: string])[];
  /** What rules did, in order. */
  readonly fired?: readonly Firing[];
  /** What rules left alone, and why. */
  readonly notes?: readonly (Firing & { readonly reason: string })[];
  /** Of a program: its kernels, and the values of its inputs and outputs by number. */
  readonly boxes?: readonly BoxData[];
  readonly ports?: {
    readonly inputs: readonly (readonly [name: string, value: number])[];
    readonly outputs: readonly (readonly [name: string, value: number])[];
  };
  /** Whether nothing is other than in the view before. */
  readonly same?: true;
}

/** A kernel, as a box round the nodes that it covers; or a copy that nothing has to do. */
export interface BoxData {
  readonly name: string;
  readonly role: "compute" | "copy" | "fill" | "elided";
  readonly covers: readonly string[];
  readonly algorithm?: string;
  readonly atLoad?: true;
  /** Values by number; of a fill the one that it fills around. */
  readonly reads: readonly number[];
  readonly writes: number;
  /** What the value that it writes is called. */
  readonly value: string;
}

export interface OperandData {
  /** `%conv1`, `@conv1.weight`, with its number where several values have one name. */
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  /** The same in every run. */
  readonly constant: boolean;
}

export interface KernelData {
  readonly name: string;
  /** Equal kernels share one. */
  readonly function: string;
  readonly role: "compute" | "copy" | "fill";
  readonly algorithm?: string;
  readonly atLoad?: true;
  readonly covers: readonly string[];
  /** Into how many pieces threads divide it. */
  readonly pieces?: number;
  /** Dims of what it reads and writes. */
  readonly shapes: string;
  /** Of the nodes that it covers, as `bench --json` counts them. */
  readonly multiplyAdds: number;
  /** Those that it computes: fewer where its algorithm saves some. */
  readonly computed: number;
  readonly reads: readonly OperandData[];
  readonly writes: OperandData;
  /** What cost models decided of it. */
  readonly decisions: readonly Decision[];
  /** Whether a file has its schedules, which were timed, or the target chose them. */
  readonly scheduled: "by a file" | "by the target";
  /** The order of its loops, a line for each Compute. */
  readonly loops: readonly string[];
  /** What a step of the innermost loop of the busiest does. */
  readonly step?: string;
}

export interface MemoryData {
  readonly arenaBytes: number;
  /** The most bytes that are live at once: no plan can do with less. */
  readonly lowerBound: number;
  /** Bytes that are live at each moment: in the kernels at load, at the inputs, in the kernels of a run, at its outputs. */
  readonly live: readonly number[];
  /** The moment of the inputs: as many kernels run at load. */
  readonly inputs: number;
  /** What fills the fullest moment. */
  readonly use: ArenaUse;
  readonly buffers: readonly BufferData[];
}

/** A buffer of the arena, or a constant that it begins on. */
export interface BufferData {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Elements around values, in bytes. */
  readonly margin: number;
  /** Moments. */
  readonly first: number;
  readonly last: number;
  /** Names of the values that live in it. */
  readonly holds: readonly string[];
}
