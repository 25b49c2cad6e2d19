import { readFile } from "node:fs/promises";

/** Uids by listening port. */
export type SocketOwners = ReadonlyMap<number, number>;

const LISTEN = "0A";
/** Which local address a dial to 127.0.0.1 reaches first, as the kernel prints them. */
const REACHABLE = [
  "0100007F",
  "0000000000000000FFFF00000100007F",
  "00000000",
  "00000000000000000000000000000000",
];

/**
 * Reads the tables `/proc/net/tcp` and `/proc/net/tcp6`: who owns the sockets that a dial to 127.0.0.1 would reach.
 * The exact address wins over a wildcard, as it does in the kernel.
 */
export function parseSocketOwners(tables: readonly string[]): SocketOwners {
  const best = new Map<number, { rank: number; uid: number }>();
  for (const line of tables.join("\n").split("\n")) {
    const [, local = "", , state, , , , uid = ""] = line.trim().split(/\s+/);
    const [address = "", hexPort = ""] = local.split(":");
    const rank = REACHABLE.indexOf(address);
    if (state !== LISTEN || rank < 0 || !/^\d+$/.test(uid)) continue;
    const port = Number.parseInt(hexPort, 16);
    const known = best.get(port);
    if (!known || rank < known.rank) best.set(port, { rank, uid: Number(uid) });
  }
  return new Map([...best].map(([port, { uid }]) => [port, uid]));
}

/** The owners of this moment. Empty where the system has no `/proc/net`. */
export async function readSocketOwners(): Promise<SocketOwners> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  return parseSocketOwners(tables);
}
