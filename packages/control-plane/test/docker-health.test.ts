import { expect, onTestFinished, test } from "vitest";
import { containerNames, startDockerDriver } from "../src/containers/index.ts";
import { LABEL, ownershipLabels } from "../src/containers/labels.ts";
import type { DriverEvent } from "../src/index.ts";
import { startFakeEngine } from "./support/fake-engine.ts";
import { specWith } from "./support/instances.ts";

test("an engine is listened to for what it finds unhealthy, and the gateway is seen to be so", async () => {
  const { id } = specWith();
  const { main } = containerNames(id);
  const filters = Promise.withResolvers<string | null>();
  const { host } = await startFakeEngine({
    "GET /events"(res) {
      filters.resolve(new URL(res.req.url ?? "", "http://engine").searchParams.get("filters"));
      res.write(`${JSON.stringify({ Actor: { Attributes: { [LABEL.instance]: id } } })}\n`);
    },
    [`GET /containers/${main}/json`]: {
      Id: "it",
      Config: { Labels: ownershipLabels("automna", id) },
      HostConfig: {},
      NetworkSettings: { Ports: {}, Networks: { [main]: { IPAddress: "10.213.0.2" } } },
      State: { Status: "running", Health: { Status: "unhealthy" } },
    },
  });
  const driver = startDockerDriver({ engine: { host }, policy: { images: {} } });
  onTestFinished(() => driver.close());
  const told = Promise.withResolvers<DriverEvent>();
  driver.subscribe(told.resolve);
  expect(JSON.parse((await filters.promise) ?? "")).toMatchObject({
    event: expect.arrayContaining(["health_status: unhealthy"]),
  });
  expect(await told.promise).toMatchObject({
    instanceId: id,
    observation: { status: "running", isUnhealthy: true },
  });
});
