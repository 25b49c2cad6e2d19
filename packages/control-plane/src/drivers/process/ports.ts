import { once } from "node:events";
import { createServer } from "node:net";
import { DriverError } from "../driver.ts";
import { claimPort } from "./claims.ts";
import type { Claim } from "./claims.ts";

interface Taken {
  readonly instanceId: string;
  readonly port: number;
  readonly claim: Claim;
}

/**
 * Hands out loopback ports that nobody listens on, each to one instance at a time. A gateway listens only seconds
 * after its start: until then a claim keeps the drivers of other processes from the same port.
 */
export class LoopbackPorts {
  readonly #first: number;
  readonly #count: number;
  readonly #taken = new Set<Taken>();
  /** Of stopped gateways, the longest stopped first. */
  readonly #resting = new Set<Taken>();

  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
  }

  /**
   * The port that this instance had before if it is free, else the lowest free one, else that of the gateway that has
   * been stopped for longest.
   */
  async take(instanceId: string): Promise<number> {
    const before = [...this.#taken].find((taken) => taken.instanceId === instanceId);
    if (before !== undefined) {
      this.#resting.delete(before);
      if (await isFree(before.port)) return before.port;
      this.#letGo(before);
    }
    const own = new Set([...this.#taken].map(({ port }) => port));
    for (let port = this.#first; port < this.#first + this.#count; port++) {
      if (own.has(port)) continue;
      const claim = await claimPort(port);
      if (claim === null) continue;
      const taken = { instanceId, port, claim };
      this.#taken.add(taken);
      if (await isFree(port)) return port;
      this.#letGo(taken);
    }
    const rested = await this.#takeOver(instanceId);
    if (rested !== null) return rested;
    const last = this.#first + this.#count - 1;
    throw new DriverError(
      "no-free-port",
      `No port between ${this.#first} and ${last} is free. Stop an instance, or choose another first port.`,
    );
  }

  /** The gateway is stopped: its port is kept for it for as long as nobody else needs one. */
  rest(instanceId: string): void {
    for (const taken of this.#taken) if (taken.instanceId === instanceId) this.#resting.add(taken);
  }

  release(instanceId: string): void {
    for (const taken of this.#taken) if (taken.instanceId === instanceId) this.#letGo(taken);
  }

  releaseAll(): void {
    for (const taken of this.#taken) this.#letGo(taken);
  }

  async #takeOver(instanceId: string): Promise<number | null> {
    for (const rested of this.#resting) {
      this.#resting.delete(rested);
      this.#taken.delete(rested);
      const taken = { ...rested, instanceId };
      this.#taken.add(taken);
      if (await isFree(taken.port)) return taken.port;
      this.#letGo(taken);
    }
    return null;
  }

  #letGo(taken: Taken): void {
    taken.claim.release();
    this.#resting.delete(taken);
    this.#taken.delete(taken);
  }
}

/** Both loopback addresses, since a gateway listens on both. */
async function isFree(port: number): Promise<boolean> {
  const both = await Promise.all([canListen(port, "127.0.0.1"), canListen(port, "::1")]);
  return both.every(Boolean);
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch (error) {
    // A machine without IPv6 has nobody who could listen there.
    return error instanceof Error && "code" in error && error.code === "EADDRNOTAVAIL";
  }
}
