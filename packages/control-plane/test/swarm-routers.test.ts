import { expect, test } from "vitest";
import { containerNames } from "../src/container-profile.ts";
import { Admission } from "../src/drivers/swarm/admission.ts";
import { Manager } from "../src/drivers/swarm/manager.ts";
import type { Overlay } from "../src/drivers/swarm/overlay.ts";
import { removeOutdated } from "../src/drivers/swarm/removal.ts";
import { Routers } from "../src/drivers/swarm/routers.ts";
import { systemClock } from "../src/index.ts";
import type { DriverError } from "../src/index.ts";
import { startRouterNode } from "./support/router-node.ts";

const DEPLOYMENT = "automna";
const overlay = (name: string): Overlay => ({ id: name, name, routerAddresses: ["10.213.0.2"] });

/** Two nodes with a router each; the first is the manager that is asked. */
async function twoNodes(networks: string[] = ["one"], refusing = new Set<string>()) {
  const options = { deployment: DEPLOYMENT, networks, refusing };
  const [here, there] = await Promise.all([startRouterNode(options), startRouterNode(options)]);
  const routers = new Routers([here.engine, there.engine], DEPLOYMENT);
  const told: DriverError[] = [];
  const admission = new Admission(new Manager(here.engine, DEPLOYMENT), routers, (error) => told.push(error));
  return { here, there, routers, admission, told, networks };
}

test("a router's node that is lost keeps nobody out: the routers of the others are let into a new network", async () => {
  const { here, there, routers } = await twoNodes();
  there.goAway();
  await routers.join(overlay("one"));
  expect([...here.joined]).toEqual(["one"]);
});

test("a removal takes out the routers that can be asked", async () => {
  const { here, there, routers } = await twoNodes();
  await routers.join(overlay("one"));
  there.goAway();
  await routers.leave("one");
  expect([...here.joined]).toEqual([]);
});

test("when no engine of a router answers it is said, and a network counts as one that lets nobody in", async () => {
  const { here, there, routers } = await twoNodes();
  here.goAway();
  there.goAway();
  await expect(routers.join(overlay("one"))).rejects.toMatchObject({ name: "EngineError", status: null });
  expect(routers.lacking).toEqual(["one"]);
});

test("a router whose node is back is let into what was made meanwhile, though no look saw it away", async () => {
  const { here, there, routers, admission } = await twoNodes();
  await admission.look();
  there.joined.delete("one");
  there.goAway();
  await routers.join(overlay("one"));
  await there.comeBack();
  await admission.look();
  expect([...here.joined, ...there.joined]).toEqual(["one", "one"]);
  expect(routers.lacking).toEqual([]);
});

test("a node that stays away is told of once, and again when it is lost again", async () => {
  const { there, admission, told } = await twoNodes();
  there.goAway();
  await admission.look();
  await admission.look();
  expect(told).toMatchObject([
    { code: "engine-unreachable", message: expect.stringMatching(/ECONNREFUSED.*ROUTER_ENGINES/) },
  ]);
  await there.comeBack();
  await admission.look();
  there.goAway();
  await admission.look();
  expect(told).toHaveLength(2);
});

test("one network that takes nobody in keeps a new router out of no other; it is told once, and tried again", async () => {
  const refusing = new Set(["bad"]);
  const { here, there, admission, told } = await twoNodes(["bad", "good", "other"], refusing);
  await admission.look();
  await admission.look();
  expect([...here.joined]).toEqual(["good", "other"]);
  expect([...there.joined]).toEqual(["good", "other"]);
  expect(told).toMatchObject([
    { code: "io-failed", message: expect.stringMatching(/the network bad failed: could not attach/) },
  ]);
  refusing.clear();
  await admission.look();
  expect([...here.joined, ...there.joined]).toEqual(["good", "other", "bad", "good", "other", "bad"]);
});

test("a network that was removed while nobody could be let in is neither told of nor waited for", async () => {
  const refusing = new Set(["bad"]);
  const { admission, routers, told, networks } = await twoNodes(["bad"], refusing);
  await admission.look();
  networks.length = 0;
  await admission.look();
  expect(routers.lacking).toEqual([]);
  expect(told).toHaveLength(1);
});

test.each([
  ["still knows", new Set<string>()],
  ["has already forgotten", new Set(["one@before"])],
])(
  "a router in an earlier network of the same name, which its engine %s, is let into this one",
  async (_, refusing) => {
    const { here, there, routers } = await twoNodes(["one"], refusing);
    there.joined.add("one@before");
    await routers.join(overlay("one"));
    expect([...here.joined]).toEqual(["one"]);
    expect([...there.joined].filter((id) => !refusing.has(id))).toEqual(["one"]);
    expect(routers.lacking).toEqual([]);
  },
);

const OWN = { instanceId: "one", names: { ...containerNames("0".repeat(24), DEPLOYMENT), main: "one" } };
const OTHER_KIND = { name: "one", labels: {}, internal: true, encrypted: false, pool: "10.213.0.0/16" };

test("a gateway runs on in its old network while a router that holds it cannot be asked to leave", async () => {
  const { here, there, routers, networks } = await twoNodes();
  await routers.join(overlay("one"));
  there.goAway();
  const manager = new Manager(here.engine, DEPLOYMENT);
  const remove = () => removeOutdated(manager, routers, OWN, OTHER_KIND, systemClock);
  await expect(remove()).rejects.toMatchObject({
    code: "engine-unreachable",
    message: expect.stringContaining("ROUTER_ENGINES"),
  });
  expect(here.asked.filter((line) => line.includes("/services"))).toEqual([]);
  expect([...here.joined]).toEqual(["one"]);
  await there.comeBack();
  await remove();
  expect(networks).toEqual([]);
});
