/** Times the steps of a compilation, one after the other. */

export interface StepTime {
  /** `passes`, `lower` …; a step that comes again has a row each time. */
  readonly name: string;
  readonly seconds: number;
}

export interface Steps {
  /** Ends the step before, and tells whoever watches. */
  begin(name: string): void;
  /** Ends the last one, and yields all of them in order. */
  end(): readonly StepTime[];
}

export function startSteps(onProgress?: (step: string) => void): Steps {
  const times: StepTime[] = [];
  let current: { readonly name: string; readonly from: number } | undefined;
  const close = (): void => {
    if (current === undefined) return;
    times.push({ name: current.name, seconds: (performance.now() - current.from) / 1000 });
    current = undefined;
  };
  return {
    begin(name) {
      close();
      onProgress?.(name);
      current = { name, from: performance.now() };
    },
    end() {
      close();
      return times;
    },
  };
}
