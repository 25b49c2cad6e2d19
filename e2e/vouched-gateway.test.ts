import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { type Front, type House, newHouse, OWN, startFront } from "../apps/web/test/support/front.ts";
import {
  ensureInstance,
  type GatewaySettings,
  type InstanceTarget,
  resolveGateway,
  revisionOf,
  startProcessDriver,
} from "../packages/control-plane/src/index.ts";
import { gatewayInstallDir, installGateways } from "./support/install-gateways.ts";
import { connectRaw, RawGatewayError } from "./support/raw-gateway.ts";

const USER_HEADER = "x-forwarded-user";
const SCOPES = ["operator.read", "operator.write"];

let house: House;
let target: InstanceTarget;
const stops: (() => Promise<unknown>)[] = [];

/** OpenClaw as it runs in a container: it asks for no token, and believes the router about who its owner is. */
async function startVouchedGateway(dataDir: string): Promise<InstanceTarget> {
  await installGateways(() => undefined, ["openclaw"]);
  const found = await resolveGateway("openclaw", {
    installDirs: [gatewayInstallDir("openclaw")],
    searchPath: "",
  });
  if (found.status !== "found") throw new Error("OpenClaw is not installed.");
  const driver = await startProcessDriver({
    dataDir,
    programFor: () => Promise.resolve(found.program),
    searchPath: process.env["PATH"] ?? "",
  });
  stops.push(() => driver.close());
  const settings: GatewaySettings = {
    auth: {
      mode: "trusted-proxy",
      identity: "alice",
      userHeader: USER_HEADER,
      scopes: SCOPES,
      allowLoopback: true,
    },
    basePath: `/i/${OWN}`,
    // The router checks them, and its port is not known yet.
    allowedOrigins: ["*"],
    trustedProxies: ["127.0.0.1"],
    model: null,
  };
  const revision = revisionOf("openclaw", settings);
  const outcome = await ensureInstance(
    { id: OWN, ownerId: "alice", product: "openclaw", settings, revision },
    { status: "running", revision },
    {
      driver,
      probe: async ({ target: { host, port } }) => {
        const answer = await fetch(`http://${host}:${port}/readyz`).catch(() => null);
        if (!answer?.ok) return { status: "unreachable", reason: "not ready" };
        return { status: "ready", protocol: 4, version: "" };
      },
    },
  );
  if (outcome.status !== "ready") throw new Error(`The gateway is ${JSON.stringify(outcome)}`);
  return outcome.target;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "automna-vouched-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres") });
  stops.push(() => postgres.stop());
  house = await newHouse(postgres.url);
  stops.push(() => house.database.$disconnect());
  target = await startVouchedGateway(join(folder, "instances"));
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** The router before that gateway; `says` is who it vouches for. */
function startRouter(says: string): Promise<Front> {
  return startFront({
    house,
    route: {
      target: { origin: `http://${target.host}:${target.port}` },
      prefix: "keep",
      forwarded: "standard",
      requestHeaders: { [USER_HEADER]: says },
      loopbackClientAs: "203.0.113.1",
    },
  });
}

async function connect({ port }: Front, headers: Record<string, string>) {
  const url = `ws://127.0.0.1:${port}/i/${OWN}/`;
  const host = `localhost:${port}`;
  const connected = await connectRaw(url, { token: null, headers: { host, ...headers } });
  onTestFinished(() => connected.gateway.terminate());
  return connected.hello;
}

const ALICE = { authorization: "Bearer alice" };

test("the owner gets in by their session alone: no token, no device, and no more scopes than they have", async () => {
  const router = await startRouter("alice");
  const hello = await connect(router, { ...ALICE, origin: `http://localhost:${router.port}` });
  expect(hello["auth"]).toMatchObject({ scopes: SCOPES });
});

test("nobody else gets in, whoever they say they are", async () => {
  const router = await startRouter("alice");
  const forged = { [USER_HEADER]: "alice", "x-openclaw-scopes": "operator.admin" };
  for (const headers of [{ ...forged }, { ...forged, authorization: "Bearer bob" }])
    await expect(connect(router, headers)).rejects.toThrow("HTTP 404");
  const other = await startRouter("bob");
  const origin = `http://localhost:${other.port}`;
  await expect(connect(other, { ...ALICE, origin, [USER_HEADER]: "alice" })).rejects.toThrow(RawGatewayError);
});
