import { expect, onTestFinished, test } from "vitest";
import { startDockerDriver } from "../src/containers/index.ts";
import type { ContainerPolicy } from "../src/containers/index.ts";
import { LABEL } from "../src/containers/labels.ts";
import { startScriptedEngine } from "./support/scripted-engine.ts";
import type { Json } from "./support/scripted-engine.ts";
import { specWith } from "./support/instances.ts";
import { listedContainer } from "./support/listed-container.ts";

const policy: ContainerPolicy = { images: { demo: "gateway:1" } };
const spec = specWith();
const published = listedContainer(spec, { policy, port: 19_007, address: "10.213.0.2" });

async function surveyOf(containers: readonly Json[]) {
  const { host, asked } = await startScriptedEngine((line) =>
    line === "GET /containers/json" ? [200, containers] : [500, { message: "Nobody asked for that." }],
  );
  const driver = startDockerDriver({ engine: { host }, policy });
  onTestFinished(() => driver.close());
  return { found: await driver.survey?.(), asked };
}

test("gateways that run are told of by one request, however many there are", async () => {
  const others = Array.from({ length: 40 }, (_, n) => specWith({ id: n.toString(16).padStart(24, "a") }));
  const { found, asked } = await surveyOf(
    others.map((other, n) => listedContainer(other, { policy, port: 19_000 + n, address: "10.213.0.2" })),
  );
  expect(asked).toEqual(["GET /version", "GET /containers/json"]);
  expect(found?.size).toBe(40);
  expect(found?.get(others[7]?.id ?? "")).toEqual({
    revision: others[7]?.revision,
    target: { host: "127.0.0.1", port: 19_007, prefix: "strip", forwardedHeaders: "write" },
  });
});

test("one that is not published is told of at its own address", async () => {
  const inside = listedContainer(spec, { policy, port: null, address: "10.213.0.2" });
  const { found } = await surveyOf([inside]);
  expect(found?.get(spec.id)?.target).toMatchObject({ host: "10.213.0.2", port: 18_789 });
});

const { Labels, Ports, NetworkSettings } = published;
const withoutRevision: Record<string, string> = { ...Labels };
delete withoutRevision[LABEL.revision];

test.each<[string, Json]>([
  ["is unhealthy", { Status: "Up 3 minutes (unhealthy)" }],
  ["is paused", { State: "paused", Status: "Up 3 minutes (Paused)" }],
  ["is started again and again", { State: "restarting", Status: "Restarting (1) 2 seconds ago" }],
  ["has ended", { State: "exited", Status: "Exited (137) 3 minutes ago" }],
  ["is not published yet", { Ports: Ports.map(({ PrivatePort, Type }) => ({ PrivatePort, Type })) }],
  [
    "has no address",
    { Labels: { ...Labels, [LABEL.port]: undefined }, Ports: [], NetworkSettings: { Networks: {} } },
  ],
  ["is of no revision", { Labels: withoutRevision }],
  ["only carries its files", { Names: published.Names.map((name) => `${name}-writer`) }],
  ["is somebody's who borrows a name", { Labels: { ...Labels, [LABEL.instance]: "../etc" } }],
])("one that %s is left to a closer look", async (_, change) => {
  const { found } = await surveyOf([{ ...published, NetworkSettings, ...change }]);
  expect(found).toEqual(new Map());
});

test("an engine that cannot list them is no engine without gateways", async () => {
  const { host } = await startScriptedEngine(() => [500, { message: "It is busy." }]);
  const driver = startDockerDriver({ engine: { host }, policy });
  onTestFinished(() => driver.close());
  await expect(driver.survey?.()).rejects.toThrow("It is busy.");
});
