#!/usr/bin/env node
import { userInfo } from "node:os";

import { untilToldToStop } from "@automna/cli";

import { oc } from "../src/scripts.ts";

process.exitCode = await oc(process.argv.slice(2), {
  command: process.env["OPENCODE_COMMAND"] || "opencode",
  uid: userInfo().uid,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  untilStopped: () => untilToldToStop(process),
}).catch((error: unknown) => {
  process.stderr.write(`oc: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
