import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Driver, newGatewayToken, revisionOf } from "../../packages/control-plane/src/index.ts";
import { probeGateway } from "../../apps/web/src/server/probe.ts";
import { type Shop, WEBHOOK_SECRET } from "./shop.ts";

const POLL_MS = 5;

export interface StartsOptions {
  readonly shop: Shop;
  /** Starts the same program by hand. */
  readonly alone: Driver;
  readonly product: "demo" | "openclaw";
  readonly count: number;
  /** Whether also the gateways of those who signed up end before the next one starts. */
  readonly oneAtATime?: boolean;
}

/** Milliseconds, one of each for every pair. */
export interface Starts {
  readonly own: readonly number[];
  readonly cold: readonly number[];
  readonly ratios: readonly number[];
}

/** Single starts differ by more than the limit allows: each sign-up is compared with the start by hand beside it. */
export async function pairsOfStarts(options: StartsOptions): Promise<Starts> {
  const { shop, alone, product, count, oneAtATime = false } = options;
  const own: number[] = [];
  const cold: number[] = [];
  const byHand = async (n: number) => {
    const id = n.toString(16).padStart(24, "0");
    own.push(await ownStart(alone, product, id));
    await alone.stop(id);
  };
  const signedUp = async (n: number) => {
    const person = `cold_${n}`;
    cold.push(await signUp(shop, person));
    if (oneAtATime) await shop.stop(person);
  };
  try {
    // What only a first start does is no part of any.
    for (const one of [byHand, signedUp]) await one(count);
    own.length = cold.length = 0;
    for (let n = 0; n < count; n++)
      for (const one of n % 2 === 0 ? [byHand, signedUp] : [signedUp, byHand]) await one(n);
  } finally {
    await alone.close();
  }
  return { own, cold, ratios: cold.map((ms, n) => ms / own[n]!) };
}

/** The yardstick: the same program, started and asked for a handshake until it answers, with nothing around it. */
async function ownStart(driver: Driver, product: StartsOptions["product"], id: string): Promise<number> {
  const settings = {
    auth: { mode: "token", token: newGatewayToken() },
    basePath: "",
    allowedOrigins: [],
    trustedProxies: [],
    model: null,
  } as const;
  const spec = { id, ownerId: "bench", product, settings, revision: revisionOf(product, settings) } as const;
  const started = performance.now();
  await driver.prepare(spec);
  await driver.start(spec);
  for (;;) {
    const seen = await driver.observe(id);
    if (seen.status === "running") {
      const { target } = seen;
      const probed = await probeGateway(
        { product, target, url: `ws://${target.host}:${target.port}/`, auth: settings.auth },
        new AbortController().signal,
      );
      if (probed.status === "ready") return performance.now() - started;
    }
    await sleep(POLL_MS);
  }
}

/** From the webhook's arrival until the API says ready, which it does only after an authenticated handshake. */
export async function signUp(shop: Shop, person: string): Promise<number> {
  const started = performance.now();
  const answer = await shop.api("receiveClerkWebhook", signedWebhook(person));
  if (answer.status !== 200) throw new Error(`The webhook was answered ${answer.status}.`);
  await shop.untilReady(person);
  return performance.now() - started;
}

/** From the owner's wish until their old token is refused. */
export async function rotate(shop: Shop, person: string): Promise<number> {
  const before = await shop.handshakeOf(person);
  const started = performance.now();
  await shop.rotate(person);
  while (await before()) await sleep(POLL_MS);
  const took = performance.now() - started;
  await shop.untilReady(person);
  return took;
}

function signedWebhook(person: string): Request {
  const body = JSON.stringify({
    type: "user.created",
    object: "event",
    data: { id: person, object: "user" },
  });
  const id = `msg_${randomBytes(8).toString("hex")}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return new Request("http://localhost:3001/api/webhooks/clerk", {
    method: "POST",
    headers: { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": `v1,${signature}` },
    body,
  });
}
