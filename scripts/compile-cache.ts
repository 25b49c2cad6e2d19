const folder = process.env["NODE_COMPILE_CACHE"];

/** For a program of ours that a test starts with an environment of its own: it starts from what an earlier one compiled. */
export const compileCache: Readonly<Record<string, string>> =
  folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
