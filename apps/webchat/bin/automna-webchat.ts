#!/usr/bin/env node
import { homedir } from "node:os";

import { main } from "../src/main.ts";

process.exitCode = await main(process.argv.slice(2), process.env, homedir(), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isPerson: process.stdout.isTTY,
});
