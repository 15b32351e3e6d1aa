/** Test files that run in one process, one after the other, leave nothing to each other. */
import { afterAll, vi } from "vitest";
import { tidyUp } from "./afterFile.js";

// Whoever wants another formatter says so after this.
vi.doUnmock("prettier");

afterAll(tidyUp);
