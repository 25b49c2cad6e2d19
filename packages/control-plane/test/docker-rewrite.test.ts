import { expect, onTestFinished, test } from "vitest";
import { containerNames, startDockerDriver } from "../src/containers/index.ts";
import { ownershipLabels } from "../src/containers/labels.ts";
import { startFakeEngine } from "./support/fake-engine.ts";
import { specWith } from "./support/instances.ts";

test("what a running gateway reads is written anew, and its network stays although one of today would be another", async () => {
  const spec = specWith();
  const { main, files } = containerNames(spec.id);
  const Labels = ownershipLabels("automna", spec.id);
  const { host, asked } = await startFakeEngine({
    [`GET /containers/${main}/json`]: { Id: "it", Config: { Labels }, State: { Running: true } },
    [`GET /networks/${main}`]: {
      Name: main,
      Labels,
      Internal: false,
      IPAM: { Config: [{ Subnet: "10.213.0.0/28" }] },
    },
    [`GET /volumes/${files}`]: { Labels },
    "POST /containers/create": { Id: "writer" },
    "PUT /containers/writer/archive": {},
  });
  const driver = startDockerDriver({
    engine: { host },
    policy: { images: { demo: "gateway:1" }, egress: "internal" },
  });
  onTestFinished(() => driver.close());
  await driver.rewrite?.(spec);
  expect(asked).toContain("PUT /containers/writer/archive");
  expect(asked.filter((line) => line.includes("/networks"))).toEqual([`GET /networks/${main}`]);
});
