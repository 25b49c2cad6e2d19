/** A supervisor of its own, for a test to kill: starts one gateway in `argv[2]` by the program `argv[3]`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcessDriver } from "../../src/index.ts";
import { specWith } from "./instances.ts";

const [, , dataDir = "", script = ""] = process.argv;
const driver = await startProcessDriver({
  dataDir,
  programFor: async () => ({ kind: "demo", product: "demo", script }),
  searchPath: process.env["PATH"] ?? "",
});
const spec = specWith();
await mkdir(join(dataDir, spec.id, "state"), { recursive: true });
await writeFile(join(dataDir, spec.id, "state", "behaviour"), "helper\nstray");
await driver.prepare(spec);
await driver.start(spec);
const observed = await driver.observe(spec.id);
process.stdout.write(`${observed.status === "running" ? observed.target.port : observed.status}\n`);
