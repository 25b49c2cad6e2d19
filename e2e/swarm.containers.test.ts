import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../scripts/free-port.ts";
import { startSwarmNodes } from "../packages/control-plane/test/support/swarm-nodes.ts";
import type { SwarmNode, SwarmNodes } from "../packages/control-plane/test/support/swarm-nodes.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";
import { openclawImageOn } from "./support/openclaw-image.ts";
import { gatewayOf, knock, say, signUp } from "./support/people.ts";

/** Real gateways on "three machines" that are one with two CPUs, beside everything else. */
const AFTER_A_START = { timeout: patienceMs };
const MODEL_KEY = "key-of-the-scripted-model";
const GATEWAY_PORT = 18_789;

let browser: Browser;
let clerk: Clerk;
let swarm: SwarmNodes;
let manager: SwarmNode;
let model: ModelServer;
let app: App;
let front: Server;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "automna-shared-"));
  [browser, clerk, swarm] = await Promise.all([launchChromium(), startClerk(), startSwarmNodes(3)]);
  const [first, ...others] = swarm.nodes as [SwarmNode, SwarmNode, SwarmNode];
  manager = first;
  model = await startModelServer({ host: swarm.here });
  const image = await openclawImageOn(...swarm.nodes);
  for (const node of others) await first.change({ labels: { automna: "gateways" } }, node);
  const port = await freePort();
  const relayPort = await freePort();
  const cell = await startAppsContainer(first, image, [port, relayPort]);
  front = await startFront(port, first.address, cell.published(port));
  app = await startApp({
    gateway: "openclaw",
    model,
    networkOf: cell.pid,
    env: {
      ...clerk.env,
      HOST: "0.0.0.0",
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      DRIVER: "swarm",
      DOCKER_HOST: first.host,
      GATEWAY_IMAGE: image,
      GATEWAY_NODES: "automna=gateways",
      GATEWAY_STATE: "shared",
      GATEWAY_SHARED_DIR: directory,
      // This machine's kernel need not have IPsec.
      GATEWAY_OVERLAYS: "plain",
      PULL_IMAGES: "never",
      OPENAI_API_KEY: MODEL_KEY,
      MODEL_RELAY_URL: `http://${first.address}:${cell.published(relayPort)}`,
      MODEL_RELAY_PORT: String(relayPort),
    },
  });
  clerk.deliverTo(`${app.origin}/api/webhooks/clerk`);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  front?.close();
  await swarm?.[Symbol.asyncDispose]();
  await model?.stop();
  await clerk?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Where router and worker would run: a container of the first node, with the label that lets it into networks. */
async function startAppsContainer(
  { docker }: SwarmNode,
  image: string,
  ports: readonly number[],
): Promise<{ readonly pid: number; readonly published: (port: number) => number }> {
  await docker.createNetwork({ Name: "apps", Driver: "bridge" });
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["sleep", "infinity"],
    Cmd: [],
    Labels: { "ai.automna.router": "automna" },
    ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      Init: true,
      // A name that is not known yet is refused at once: there is nobody else to ask.
      Dns: ["127.0.0.1"],
      NetworkMode: "apps",
      PortBindings: Object.fromEntries(ports.map((port) => [`${port}/tcp`, [{ HostPort: "0" }]])),
    },
  });
  await container.start();
  const { State, NetworkSettings } = await container.inspect();
  const published = (port: number) => Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort);
  return { pid: State.Pid, published };
}

/** The app's port of the node, where browsers of this machine look for it. */
async function startFront(port: number, host: string, published: number): Promise<Server> {
  const server = createServer((near) => {
    const far = connect(published, host);
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const)
      socket.on("error", () => other.destroy()).on("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(port, "localhost", resolve);
  });
  return server;
}

interface Cell {
  readonly id: string;
  readonly node: SwarmNode;
  readonly container: string;
  readonly address: string;
}

/** Where somebody's gateway runs. */
async function cellOf(page: Page): Promise<Cell> {
  const { gatewayUrl = "" } = await gatewayOf(page);
  const [, id = ""] = /\/i\/([0-9a-f]{24})/.exec(gatewayUrl) ?? [];
  const filters = { service: [`automna-${id}`], "desired-state": ["running"] };
  const tasks: Task[] = await manager.docker.listTasks({ filters });
  const task = tasks.find(({ Status }) => Status.State === "running");
  for (const node of swarm.nodes) {
    if (task === undefined || (await node.id()) !== task.NodeID) continue;
    const container = task.Status.ContainerStatus.ContainerID;
    return { id, node, container, address: task.NetworksAttachments[0]?.Addresses[0]?.split("/")[0] ?? "" };
  }
  throw new Error(`No node runs ${id}.`);
}

interface Task {
  readonly NodeID: string;
  readonly Status: {
    readonly State: string;
    readonly ContainerStatus: { readonly ContainerID: string };
  };
  readonly NetworksAttachments: readonly { readonly Addresses: readonly string[] }[];
}

/**
 * Asks a gateway from inside of a container, with the words that a router would use for its owner.
 *
 * @param limitMs Short for one that will not answer.
 */
function knockFrom(cell: Cell, host: string, id: string, limitMs = 4_000): Promise<string> {
  const headers = {
    "x-forwarded-user": id,
    "x-forwarded-proto": "https",
    "x-forwarded-for": "192.0.2.1",
  };
  const url = `http://${host}:${GATEWAY_PORT}/i/${id}/v1/models`;
  const script = `fetch(${JSON.stringify(url)}, { headers: ${JSON.stringify(headers)}, signal: AbortSignal.timeout(${limitMs}) }).then((answer) => console.log("HTTP " + answer.status), (error) => console.log(error.cause?.code ?? error.name))`;
  return runIn(cell, "node", "-e", script);
}

/** What a program prints inside of a container. */
async function runIn({ node, container }: Cell, ...command: string[]): Promise<string> {
  const exec = await node.docker
    .getContainer(container)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  let said = "";
  for await (const piece of stream) said += piece.toString();
  return said.trim();
}

const said = (page: Page, text: string) => page.getByRole("log").getByText(text).first();

describe("people who sign up get real OpenClaw gateways in a swarm of three nodes", () => {
  let alice: Page;
  let bob: Page;

  test("two people at once: each webhook is taken, each chat streams a reply from an own service", async () => {
    [alice, bob] = (await Promise.all(
      ["alice@example.com", "bob@example.com"].map(async (email) =>
        signUp(app.origin, await browser.newContext(), email),
      ),
    )) as [Page, Page];
    await Promise.all(
      [alice, bob].map(async (page, index) => {
        await page.getByRole("textbox", { name: "Message" }).waitFor(AFTER_A_START);
        await say(page, `line ${index} [model:slow n=6 ms=50]`);
        await said(page, "w5 w6").waitFor(AFTER_A_START);
      }),
    );
    await expect
      .poll(() => clerk.delivered)
      .toEqual([
        { type: "user.created", status: 200 },
        { type: "user.created", status: 200 },
      ]);
    const [hers, his] = await Promise.all([cellOf(alice), cellOf(bob)]);
    expect([hers.node.name, his.node.name]).not.toContain("node1");
  });

  test("neither reaches the other's: not from the page, not from inside the container; nor is an agent its own router", async () => {
    const [hers, his] = await Promise.all([gatewayOf(alice), gatewayOf(bob)]);
    expect(await knock(alice, his.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    expect(await knock(bob, hers.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    const [one, other] = await Promise.all([cellOf(alice), cellOf(bob)]);
    expect(await knockFrom(one, other.address, other.id)).not.toContain("HTTP");
    expect(await knockFrom(other, one.address, one.id)).not.toContain("HTTP");
    expect(await knockFrom(one, `automna-${other.id}`, other.id)).not.toContain("HTTP");
    expect(await knockFrom(one, one.address, one.id, patienceMs)).toMatch(/^HTTP 40[13]$/);
  });

  test("agents on other nodes ask the model through the app's relay: no agent has its key, no description shows it, nor does the log", async () => {
    expect(new Set(model.requests.map(({ apiKey }) => apiKey))).toEqual(new Set([MODEL_KEY]));
    for (const cell of await Promise.all([cellOf(alice), cellOf(bob)])) {
      const secrets = await runIn(cell, "cat", "/run/automna/model-key", "/run/automna/gateway.env");
      expect(secrets).toMatch(/^automna-[0-9a-f]{24}-/);
      expect(secrets).not.toContain(MODEL_KEY);
    }
    const shown = JSON.stringify([
      await manager.docker.listServices(),
      await manager.docker.listTasks(),
      await manager.docker.listConfigs(),
      await manager.docker.listSecrets(),
    ]);
    expect(shown).toContain("OPENCLAW_CONFIG_READONLY");
    expect(shown).not.toContain(MODEL_KEY);
    expect(app.output()).not.toContain(MODEL_KEY);
  });

  test("her node is lost: her gateway comes back on another, hers alone, with what was said", async () => {
    const before = await cellOf(alice);
    await before.node.lose();
    const nodeNow = () =>
      cellOf(alice).then(
        ({ node }) => node.name,
        () => "none",
      );
    await expect.poll(nodeNow, { interval: 500 }).not.toMatch(new RegExp(`none|${before.node.name}`));
    await alice.reload();
    await said(alice, "w5 w6").waitFor(AFTER_A_START);
    await say(alice, "still there? [model:slow n=3 ms=50]");
    await said(alice, "w2 w3").last().waitFor(AFTER_A_START);
    expect(await gatewayOf(alice)).toMatchObject({ gatewayUrl: expect.stringContaining(before.id) });
  });
});
