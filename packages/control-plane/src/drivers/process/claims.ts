import { once } from "node:events";
import { createServer } from "node:net";

/** Something of this machine that is spoken for. */
export interface Claim {
  release(): void;
}

/**
 * Speaks for a name; `null` when somebody on this machine does already, this process or another. Ends with the
 * process, however that ends: the name is one of Linux's abstract sockets, which leave nothing behind and are, like
 * ports, one set for each network namespace. Elsewhere nobody is asked.
 */
export async function claim(name: string): Promise<Claim | null> {
  if (process.platform !== "linux") return { release: () => undefined };
  const holder = createServer((visitor) => visitor.destroy()).unref();
  try {
    holder.listen({ path: `\0automna-${name}`, exclusive: true });
    await once(holder, "listening");
    return { release: () => void holder.close() };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return null;
    throw error;
  }
}

/** Speaks for a port before anybody listens on it. */
export function claimPort(port: number): Promise<Claim | null> {
  return claim(`port-${port}`);
}
