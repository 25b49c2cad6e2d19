#!/usr/bin/env node
import { userInfo } from "node:os";

import { oc } from "../src/scripts.ts";

process.exitCode = await oc(process.argv.slice(2), {
  command: process.env["OPENCODE_COMMAND"] || "opencode",
  uid: userInfo().uid,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
    }),
}).catch((error: unknown) => {
  process.stderr.write(`oc: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
