#!/usr/bin/env node
import { userInfo } from "node:os";

import { ocKill } from "../src/scripts.ts";

process.exitCode = await ocKill({
  uid: userInfo().uid,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  kill: (pid) => process.kill(pid, "SIGTERM"),
}).catch((error: unknown) => {
  process.stderr.write(`oc-kill: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
