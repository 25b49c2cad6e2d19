import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcessDriver } from "../../src/index.ts";
import { somePort } from "../../../../scripts/free-port.ts";
import { askOverHttp } from "../support/http-probe.ts";
import { describeDriver, type DriverBench } from "./driver-conformance.ts";

const script = fileURLToPath(new URL("../support/fake-gateway.ts", import.meta.url));

const start = async (): Promise<DriverBench> => {
  const dataDir = await mkdtemp(join(tmpdir(), "automna-conformance-"));
  const driver = await startProcessDriver({
    dataDir,
    programFor: async () => ({ kind: "demo", product: "demo", script }),
    searchPath: process.env["PATH"] ?? "",
    firstPort: somePort(),
    portCount: 50,
    stopGraceMs: 1000,
    restartDelaysMs: [50],
    maxRestarts: 2,
  });
  return {
    driver,
    behave: (spec, behaviours) =>
      writeFile(join(dataDir, spec.id, "state", "behaviour"), behaviours.join("\n")),
    ask: askOverHttp,
    dispose: async () => {
      await driver.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

describeDriver("process", start, { surveys: false });
