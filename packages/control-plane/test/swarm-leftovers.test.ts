import { expect, test } from "vitest";
import { Leftovers } from "../src/drivers/swarm/leftovers.ts";
import { Manager } from "../src/drivers/swarm/manager.ts";
import { Turns } from "../src/drivers/turns.ts";
import { type Answer, startScriptedEngine } from "./support/scripted-engine.ts";

const DEPLOYMENT = "automna";
const ID = "0123456789abcdef01234567";
const OURS = { "ai.automna.deployment": DEPLOYMENT, "ai.automna.instance": ID };
const CREATED = "2026-11-21T10:00:00Z";

/** A swarm with one gateway of the second revision, which uses the secret `used`. */
async function startSwarm(replicas = 1) {
  const secrets = new Set(["used"]);
  const world = { task: "running" };
  const service = {
    ID: "svc",
    Spec: {
      Name: `automna-${ID}`,
      Labels: { ...OURS, "ai.automna.revision": "r2" },
      Mode: { Replicated: { Replicas: replicas } },
      TaskTemplate: { ContainerSpec: { Secrets: replicas === 0 ? [] : [{ SecretID: "used" }] } },
    },
  };
  const files = () =>
    [...secrets].map((id) => ({
      ID: id,
      Spec: { Labels: { ...OURS, "ai.automna.attempt": id } },
      CreatedAt: CREATED,
    }));
  const { engine } = await startScriptedEngine((line): Answer => {
    switch (line) {
      case "GET /services":
        return [200, [service]];
      case `GET /services/automna-${ID}`:
        return [200, service];
      case "GET /secrets":
        return [200, files()];
      case "GET /configs":
        return [200, [{ ID: "record", Spec: { Labels: OURS }, CreatedAt: CREATED }]];
      case "GET /nodes":
        return [200, [{ ID: "n1", Spec: { Availability: "active" }, Status: { State: "ready" } }]];
      case "GET /tasks":
        return [200, [taskIn(world.task)]];
      default:
        secrets.delete(/^DELETE \/secrets\/(.*)$/.exec(line)?.[1] ?? "");
        return [204];
    }
  });
  return { leftovers: new Leftovers(new Manager(engine, DEPLOYMENT), new Turns()), secrets, world };
}

const taskIn = (state: string) => ({
  ID: "t1",
  CreatedAt: CREATED,
  NodeID: "n1",
  DesiredState: "running",
  Spec: { ContainerSpec: { Labels: { ...OURS, "ai.automna.revision": "r2" } } },
  Status: { State: state, Timestamp: CREATED },
});

test("a secret of an earlier start, left by a worker that was killed, goes at the second look that finds it", async () => {
  const { leftovers, secrets } = await startSwarm();
  secrets.add("old");
  await leftovers.look();
  expect([...secrets]).toEqual(["used", "old"]);
  await leftovers.look();
  expect([...secrets]).toEqual(["used"]);
});

test("one that another worker has only just made stays", async () => {
  const { leftovers, secrets } = await startSwarm();
  secrets.add("old");
  await leftovers.look();
  secrets.add("new");
  await leftovers.look();
  expect([...secrets]).toEqual(["used", "new"]);
});

test("as long as the swarm has not settled it may go back, and needs what it had", async () => {
  const { leftovers, secrets, world } = await startSwarm();
  secrets.add("old");
  world.task = "starting";
  for (let looks = 0; looks < 3; looks++) await leftovers.look();
  expect([...secrets]).toEqual(["used", "old"]);
  world.task = "running";
  await leftovers.look();
  expect([...secrets]).toEqual(["used"]);
});

test("those of a gateway that does not run are left to its next start or stop", async () => {
  const { leftovers, secrets } = await startSwarm(0);
  await leftovers.look();
  await leftovers.look();
  expect([...secrets]).toEqual(["used"]);
});
