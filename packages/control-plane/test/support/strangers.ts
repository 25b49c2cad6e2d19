import { once } from "node:events";
import { createServer, type Server } from "node:net";
import fc from "fast-check";

/** Another program listens on a port of the range, or no longer. */
export interface StrangerStep {
  readonly kind: "stranger";
  readonly offset: number;
}

export const strangerStep: fc.Arbitrary<StrangerStep> = fc.record({
  kind: fc.constant("stranger" as const),
  offset: fc.nat({ max: 2 }),
});

/** More ports than all gateways of a test can take, with every stranger, those of other tests too. */
export const RANGE = 100;

/** Other programs of this machine that listen on ports from the first one on. */
export class Strangers {
  readonly #firstPort: number;
  readonly #servers = new Map<number, Server>();

  constructor(firstPort: number) {
    this.#firstPort = firstPort;
  }

  has(port: number): boolean {
    return this.#servers.has(port);
  }

  /** The one of that port goes, or comes unless somebody else listens there. */
  async turn({ offset }: StrangerStep): Promise<void> {
    const port = this.#firstPort + offset;
    const there = this.#servers.get(port);
    if (there) {
      this.#servers.delete(port);
      return end(there);
    }
    const come = await listen(port);
    if (come) this.#servers.set(port, come);
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) await end(server);
  }
}

/** `null` when somebody listens there already. */
async function listen(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ port, host: "127.0.0.1", exclusive: true }), "listening");
    return server;
  } catch {
    return null;
  }
}

async function end(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
