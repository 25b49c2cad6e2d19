import { connect, createServer, type Socket } from "node:net";

/** A TCP link on loopback that a test can cut, as a lost network would. It reads nothing of what it carries. */
export interface CuttableLink {
  readonly port: number;
  /** How many connections are open now. */
  readonly open: () => number;
  /** Ends every open connection without a word, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Listens on a free loopback port and joins each connection to `targetPort`. */
export async function startCuttableLink(targetPort: () => number): Promise<CuttableLink> {
  const pairs = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(targetPort(), "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      pairs.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        pairs.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the link has no port");
  const drop = () => {
    for (const socket of pairs) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    open: () => pairs.size / 2,
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    close() {
      drop();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
