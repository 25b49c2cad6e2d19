import { expect, inject, onTestFinished, test } from "vitest";
import type { ContainerPolicy } from "../src/containers/index.ts";
import type { Driver, InstanceSpec } from "../src/index.ts";
import { startDockerBench } from "./support/docker-cell.ts";
import type { DockerBenchOptions } from "./support/docker-cell.ts";
import { pauseContainer } from "./support/engine-objects.ts";
import { FAKE_GATEWAY_IMAGE } from "./support/fake-gateway-image.ts";
import { specWith } from "./support/instances.ts";
import { listedContainer } from "./support/listed-container.ts";

function startBench(options: DockerBenchOptions = {}) {
  const bench = startDockerBench(inject("dockerHost"), options);
  onTestFinished(() => bench.dispose());
  return bench;
}

async function started(driver: Driver, spec: InstanceSpec): Promise<void> {
  await driver.prepare(spec);
  await driver.start(spec);
}

const EGRESS: readonly NonNullable<ContainerPolicy["egress"]>[] = ["open", "internal"];

test.each(EGRESS)("with egress %s the list tells of a gateway what a closer look does", async (egress) => {
  const bench = startBench({ policy: { egress } });
  const { driver, docker } = bench;
  const [spec, paused] = [specWith(), specWith({ id: "b".repeat(24) })];
  await started(driver, spec);
  await started(driver, paused);
  await pauseContainer(docker.getContainer(bench.nameOf(paused)));
  const seen = await driver.observe(spec.id);
  if (seen.status !== "running") throw new Error(`It is ${seen.status}.`);
  const { revision, target } = seen;
  expect(await driver.survey?.()).toEqual(new Map([[spec.id, { revision, target }]]));
  await driver.stop(spec.id);
  expect(await driver.survey?.()).toEqual(new Map());
});

/** Every field that a value has, with its kind. */
function shapeOf(value: unknown, at = ""): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => shapeOf(item, `${at}[]`)))];
  if (typeof value !== "object" || value === null)
    return [`${at}: ${value === null ? "null" : typeof value}`];
  return Object.entries(value).flatMap(([key, item]) => shapeOf(item, `${at}.${key}`));
}

test.each(EGRESS)(
  "with egress %s an engine lists a gateway as the list that stands for it does",
  async (egress) => {
    const bench = startBench({ policy: { egress } });
    const { driver, docker, deployment } = bench;
    const spec = specWith();
    await started(driver, spec);
    const filters = { name: [bench.nameOf(spec)] };
    const [real] = await docker.listContainers({ filters });
    const policy: ContainerPolicy = { deployment, images: { demo: FAKE_GATEWAY_IMAGE }, egress };
    const port = egress === "open" ? 19_500 : null;
    const ours = listedContainer(spec, { policy, port, address: "10.213.0.2" });
    // Newer engines say more, and the image has a label of its own.
    expect(shapeOf(real)).toEqual(expect.arrayContaining([...shapeOf(ours)]));
    expect(real?.Labels).toMatchObject({ ...ours.Labels, ...changing(real?.Labels) });
  },
);

/** What differs from one container to the next. */
function changing(labels: Record<string, string> = {}) {
  const names = ["ai.automna.attempt", "ai.automna.port"].filter((name) => name in labels);
  return Object.fromEntries(names.map((name) => [name, labels[name]]));
}
