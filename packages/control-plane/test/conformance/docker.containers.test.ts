import { inject } from "vitest";
import { startDockerBench } from "../support/docker-cell.ts";
import { askOverHttp } from "../support/http-probe.ts";
import { describeDriver } from "./driver-conformance.ts";

describeDriver("docker", async () => ({ ...startDockerBench(inject("dockerHost")), ask: askOverHttp }));
