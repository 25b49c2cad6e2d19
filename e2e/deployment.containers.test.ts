import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open, parseKeyRing } from "../packages/control-plane/src/index.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { type Deployment, DOMAIN, prepareDeployment } from "./support/deployment.ts";
import { type DockerMachine, startDockerMachine } from "./support/docker-machine.ts";
import { knockAt, knockFrom } from "./support/knocking.ts";
import { type Listener, type MachineWorld, startWorld } from "./support/machine-world.ts";
import { exchange, gatewayOf, signUp } from "./support/people.ts";
import { findings, processPlaces } from "./support/secret-search.ts";

const ORIGIN = `https://${DOMAIN}`;
/** Several processes start on two CPUs. */
const AFTER_A_START = { timeout: patienceMs };
/** A container of one, or a task. */
const GATEWAY = /^automna-[0-9a-f]{24}(?:\.1\.\w+)?$/;

let machine: DockerMachine;
let world: MachineWorld;
let clerk: Clerk;
let deployment: Deployment;
let browser: Browser;
let alice: Page;
let isSwarm = false;

beforeAll(async () => {
  machine = await startDockerMachine();
  // Before the browser, which drops what it loads when an address of its own machine comes or goes.
  world = await startWorld(machine);
  clerk = await startClerk(machine.peer);
  const { address } = machine;
  browser = await launchChromium(`--host-resolver-rules=MAP ${DOMAIN} ${address},MAP *.${DOMAIN} ${address}`);
  deployment = await prepareDeployment(machine, clerk);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await world?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
  await clerk?.[Symbol.asyncDispose]();
  deployment?.dispose();
});

const reach = (container: string, ...asked: Parameters<typeof knockAt>) =>
  knockFrom(machine, container, ...asked);

const isReached = async (container: string, ...targets: readonly Listener[]) =>
  expect(new Set(await reach(container, targets, patienceMs / 2))).toEqual(new Set(["open"]));

async function lines(...args: string[]): Promise<string[]> {
  return (await machine.docker(...args)).split("\n").filter(Boolean);
}

async function gateways(): Promise<string[]> {
  return (await lines("ps", "--format", "{{.Names}}")).filter((name) => GATEWAY.test(name));
}

const isUp = () => expect.poll(() => deployment.status("/readyz"), AFTER_A_START).toBe(200);

describe("one host, by deploy/compose.yaml", () => {
  test("up: somebody signs up, gets a container of their own, and the chat streams", async () => {
    await deployment.compose("up", "-d");
    await isUp();
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    alice = await signUp(ORIGIN, context, "alice@example.com");
    await exchange(alice, "said on one host");
    expect(await gateways()).toHaveLength(1);
  });

  test("down and up again: whoever was there finds the same agent and the conversation", async () => {
    const [before, agent] = await Promise.all([gateways(), gatewayOf(alice)]);
    await deployment.compose("down");
    expect(await deployment.status("/readyz")).toBeNull();
    // Agents go on without the app.
    expect(await gateways()).toEqual(before);
    await deployment.compose("up", "-d");
    await isUp();
    await alice.goto(`${ORIGIN}/chat`);
    await alice.getByText("said on one host").first().waitFor(AFTER_A_START);
    await exchange(alice, "after the second start");
    expect(await gatewayOf(alice)).toEqual(agent);
    expect(await gateways()).toEqual(before);
  });

  test("no secret of this run is in a description, a log, an environment or a command line", async () => {
    expect(await secretsTold()).toEqual([]);
  });
});

describe("what an agent reaches, behind deploy/gateway-firewall.sh", () => {
  test("the internet; not the host, its services, its networks, a cloud's metadata, nor Docker", async () => {
    const { docker, run, engine, address } = machine;
    const [agent = ""] = await gateways();
    const bridge = await docker(
      "inspect",
      "--format",
      "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}",
      agent,
    );
    const host = [address, bridge].map((at) => ({ host: at, port: world.port }));
    const targets = [...world.forbidden, ...host];
    // Without the rules some of it is open, so that what follows proves something.
    await isReached(agent, ...world.forbidden.slice(0, 2));
    const edge = { host: address, port: 443 };
    await isReached(agent, edge);
    const firewall = [join(deployment.folder, "gateway-firewall.sh")];
    // One port of the host's own address, for now, and not the others of it.
    await run("sh", [...firewall, `${address}:${world.port}`], { DOCKER_HOST: engine });
    await isReached(agent, { host: address, port: world.port });
    expect(await reach(agent, [edge])).toEqual(["silence"]);
    await run("sh", firewall, { DOCKER_HOST: engine });
    await expect(run("sh", [...firewall, `${address}:mistyped`], { DOCKER_HOST: engine })).rejects.toThrow();
    await isReached(agent, world.internet);
    expect((await reach(agent, targets)).filter((answer) => answer === "open")).toEqual([]);
    // Where the model relay is when agents have models. Nobody listens, and the host says so itself.
    expect(await reach(agent, [{ host: bridge, port: 3003 }], patienceMs / 2)).toEqual(["ECONNREFUSED"]);
    // PostgreSQL, the app, the router, both operations ports, Docker and the way to swarm managers.
    const services = [22, 80, 443, 2375, 2376, 2377, 3001, 3002, 5432, 9001, 9002];
    const everywhere = [address, bridge, "127.0.0.1", "::1"].flatMap((at) =>
      services.map((port) => ({ host: at, port })),
    );
    expect((await reach(agent, everywhere)).filter((answer) => answer === "open")).toEqual([]);
    expect(await docker("exec", agent, "sh", "-c", "ls /var/run/docker.sock 2>&1 || true")).toMatch(
      /No such file/,
    );
    expect(await docker("exec", agent, "cat", "/proc/net/if_inet6")).not.toMatch(/eth/);

    // The kind of network that GATEWAY_EGRESS=internal makes: neither the host nor anything beyond it.
    await docker("network", "create", "--internal", "--subnet", "10.213.255.0/28", "automna-internal");
    const shut = [world.internet, ...world.forbidden, { host: "10.213.255.1", port: world.port }];
    const options = ["--rm", "--network", "automna-internal", "--entrypoint", "node"];
    const answers = await docker("run", ...options, "automna/demo:local", ...knockAt(shut));
    expect((JSON.parse(answers) as string[]).filter((answer) => answer === "open")).toEqual([]);

    await exchange(alice, "the router is still let through");
  });
});

describe("a swarm, by deploy/stack.yaml, where one host was before", () => {
  test("web, router and worker come up on the same people, and the agent is a service", async () => {
    const agent = await gatewayOf(alice);
    await deployment.compose("down");
    await removeAll("container", "ls", "--all");
    await removeAll("network", "ls");
    await machine.docker("swarm", "init", "--advertise-addr", machine.address);
    isSwarm = true;
    const node = await machine.docker("node", "ls", "--quiet");
    const labels = ["automna=gateways", "automna.data=yes", "automna.routers=yes"];
    await machine.docker("node", "update", ...labels.flatMap((label) => ["--label-add", label]), node);
    deployment.makeSecrets("postgres:5432");
    await deployment.deployStack();
    await isUp();
    await alice.goto(`${ORIGIN}/chat`);
    await exchange(alice, "from the swarm");
    expect(await gatewayOf(alice)).toEqual(agent);
    expect(await agentServices()).toEqual([expect.stringMatching(GATEWAY)]);
    expect(agent.gatewayUrl).toContain((await agentServices())[0]?.replace("automna-", ""));
    await expect.poll(rolesRunning, AFTER_A_START).toEqual(["router", "web", "web", "worker"]);
  });

  test("a page of a process without gateways shows what the agent writes", async () => {
    const page = await alice.context().newPage();
    await page.goto(`${ORIGIN}/dashboard`);
    await page.getByLabel("Log", { exact: true }).getByText(/./).first().waitFor(AFTER_A_START);
    await page.close();
  });

  test("an agent reaches the router's public face, as any client does, and no other port of the app's or PostgreSQL's", async () => {
    const [agent = ""] = await gateways();
    const [router = ""] = await lines("ps", "--quiet", "--filter", "name=automna_router");
    const [worker = ""] = await lines("ps", "--quiet", "--filter", "name=automna_worker");
    const at = async (container: string) => {
      const [service = ""] = await agentServices();
      const format = `{{(index .NetworkSettings.Networks "${service}").IPAddress}}`;
      return machine.docker("inspect", "--format", format, container);
    };
    const [front, back] = await Promise.all([at(router), at(worker)]);
    await isReached(agent, { host: front, port: 3001 });
    const shut = [front, back].flatMap((host) => [9001, 9002].map((port) => ({ host, port })));
    const names = ["postgres", "automna_postgres", "automna_web"].map((host) => ({ host, port: 5432 }));
    expect((await reach(agent, [...shut, ...names])).filter((answer) => answer === "open")).toEqual([]);
  });

  test("behind deploy/gateway-firewall.sh it reaches the internet and the model relay, and neither the rest of the node nor what is around it", async () => {
    const [agent = ""] = await gateways();
    await isReached(agent, ...world.forbidden.slice(0, 2), world.relay);
    const format = "{{(index .IPAM.Config 0).Subnet}}";
    const GATEWAY_NETWORKS = await machine.docker(
      "network",
      "inspect",
      "--format",
      format,
      "docker_gwbridge",
    );
    const env = { DOCKER_HOST: machine.engine, GATEWAY_NETWORKS };
    const relay = `${world.relay.host}:${world.relay.port}`;
    await machine.run("sh", [join(deployment.folder, "gateway-firewall.sh"), relay], env);
    // Another port of the relay's address is among what is forbidden.
    expect(world.forbidden[0]?.host).toBe(world.relay.host);
    await isReached(agent, world.internet, world.relay);
    // Only Docker itself listens at the relay's port: these agents have no models.
    await isReached(agent, { host: machine.address, port: 3003 });
    const node = [22, 443, 2377].map((port) => ({ host: machine.address, port }));
    const answers = await reach(agent, [...world.forbidden, ...node]);
    expect(answers.filter((answer) => answer === "open")).toEqual([]);
    await exchange(alice, "the router is let through here too");
  });

  test("no secret of this run is in a description, a log, an environment or a command line", async () => {
    expect(await secretsTold()).toEqual([]);
  });
});

/** Where anybody on the machine is told a secret of the operator's or of an agent. */
async function secretsTold(): Promise<string[]> {
  const [token = ""] = await agentTokens();
  const given = Object.entries({ ...deployment.secrets(), token }).map(([name, literal]) => ({
    name,
    literal,
  }));
  expect(given.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["clerk-secret-key", "database-url", "token-keys", "token"]),
  );
  const secrets = given.flatMap(({ name, literal }) =>
    partsOf(literal).map((part) => ({ name, literal: part })),
  );
  const [containers, services] = await Promise.all([
    lines("ps", "--all", "--quiet"),
    isSwarm ? lines("service", "ls", "--quiet") : [],
  ]);
  const logs = containers.map((id) =>
    machine.run("sh", ["-c", `docker logs ${id} 2>&1`], { DOCKER_HOST: machine.engine }),
  );
  const text = (name: string, content: string) => ({ name, content: Buffer.from(content) });
  return findings(secrets, [
    text("docker inspect", await machine.docker("inspect", ...containers, ...services)),
    text("docker logs", (await Promise.all(logs)).join("\n")),
    ...(await processPlaces()),
  ]);
}

/** A ring's keys and an address's password are each a secret. */
function partsOf(secret: string): string[] {
  return secret.split(/[,:/@]/).filter((part) => part.length >= 16);
}

async function rolesRunning(): Promise<string[]> {
  const format = '{{.Label "com.docker.swarm.service.name"}}';
  return (await lines("ps", "--format", format))
    .flatMap((name) => /^automna_(web|router|worker)$/.exec(name)?.[1] ?? [])
    .toSorted();
}

/** The services that are agents. */
async function agentServices(): Promise<string[]> {
  return (await lines("service", "ls", "--format", "{{.Name}}")).filter((name) => GATEWAY.test(name));
}

/** What one host's agents leave of a kind of Docker's objects. */
async function removeAll(kind: "container" | "network", ...list: string[]): Promise<void> {
  const label = "label=ai.automna.deployment=automna";
  const left = await lines(kind, ...list, "--quiet", "--filter", label);
  const force = kind === "container" ? ["--force"] : [];
  if (left.length > 0) await machine.docker(kind, "rm", ...force, ...left);
}

/** Asks PostgreSQL from where the app does. */
const QUERY = `import pg from "pg";
import { readFileSync } from "node:fs";
const client = new pg.Client(readFileSync("/run/secrets/database-url", "utf8").trim());
await client.connect();
console.log(JSON.stringify((await client.query(process.argv[1])).rows));
await client.end();`;

/** In clear, by what the operator has. */
async function agentTokens(): Promise<string[]> {
  const keyRing = parseKeyRing(deployment.secrets()["token-keys"] ?? "");
  const [app = ""] = await lines("ps", "--quiet", "--filter", `name=automna_${isSwarm ? "worker" : "app"}`);
  const node = ["node", "--input-type=module", "--eval", QUERY];
  const answer = await machine.docker(
    "exec",
    "--workdir",
    "/app/packages/control-plane",
    app,
    ...node,
    'SELECT "id", "ownerId", "sealedToken" FROM "Instance"',
  );
  const rows: { id: string; ownerId: string | null; sealedToken: string }[] = JSON.parse(answer);
  return rows.map(({ id, ownerId, sealedToken }) =>
    open(keyRing, sealedToken, { userId: ownerId ?? "", instanceId: id }),
  );
}
