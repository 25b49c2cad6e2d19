import { once } from "node:events";
import { createServer } from "node:net";
import { DriverError } from "../driver.ts";

/** Hands out loopback ports that nobody listens on, each to one instance at a time. */
export class LoopbackPorts {
  readonly #first: number;
  readonly #count: number;
  readonly #takenBy = new Map<number, string>();

  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
  }

  /** The port that this instance had before if it is free, else the lowest free one. */
  async take(instanceId: string): Promise<number> {
    const before = [...this.#takenBy].find(([, owner]) => owner === instanceId)?.[0];
    if (before !== undefined) {
      if (await isFree(before)) return before;
      this.#takenBy.delete(before);
    }
    for (let port = this.#first; port < this.#first + this.#count; port++) {
      if (this.#takenBy.has(port)) continue;
      this.#takenBy.set(port, instanceId);
      if (await isFree(port)) return port;
      this.#takenBy.delete(port);
    }
    const last = this.#first + this.#count - 1;
    throw new DriverError(
      "no-free-port",
      `No port between ${this.#first} and ${last} is free. Stop an instance, or choose another first port.`,
    );
  }

  release(instanceId: string): void {
    for (const [port, owner] of this.#takenBy) if (owner === instanceId) this.#takenBy.delete(port);
  }
}

/** Both loopback addresses, since a gateway listens on both. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, "127.0.0.1")) && (await canListen(port, "::1"));
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
