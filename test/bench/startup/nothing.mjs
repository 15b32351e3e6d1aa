/** A process that does nothing: what the others' memory is compared with. */
import { tell } from "./tell.mjs";

tell({ load: 0, first: 0, output: [] });
