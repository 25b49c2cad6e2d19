import { once } from "node:events";
import { createServer } from "node:net";

import { claimPort } from "../packages/control-plane/src/drivers/process/claims.ts";

/** Below those that the system gives away to whoever connects to something. */
const LOWEST = 20_000;
const COUNT = 9_000;
/** So far below as to meet none of them. */
const UNCLAIMED_LOWEST = 10_000;
const UNCLAIMED_COUNT = 8_000;

/** Where a driver may begin to look for ports, which it claims for itself. */
export function somePort(): number {
  return LOWEST + Math.floor(Math.random() * COUNT);
}

/**
 * Where a driver may begin to look for ports while its test listens on some without a claim, as other programs do:
 * nobody who counts on claims looks there.
 */
export function someUnclaimedPort(): number {
  return UNCLAIMED_LOWEST + Math.floor(Math.random() * UNCLAIMED_COUNT);
}

/** A loopback port for this process alone until it ends, also while nobody listens on it. */
export function freePort(): Promise<number> {
  return freeRange(1);
}

/** The first of so many such ports in a row. */
export async function freeRange(size: number): Promise<number> {
  for (;;) {
    const base = somePort();
    const ports = Array.from({ length: size }, (_, index) => base + index);
    if ((await claimAll(ports)) && (await Promise.all(ports.map(canListen))).every(Boolean)) return base;
  }
}

async function claimAll(ports: readonly number[]): Promise<boolean> {
  const claims = await Promise.all(ports.map(claimPort));
  if (!claims.includes(null)) return true;
  for (const held of claims) held?.release();
  return false;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
