/** The version that emitted modules name in their header; a test holds it to package.json. */
export const VERSION = "0.1.0";
