import { readFile } from "node:fs/promises";

/**
 * Subnets that this host already has a way to, such as a VPN's or a bridge that a dead engine left: a second bridge on
 * one of them would be reached by chance. Linux only; elsewhere nothing is known.
 */
export async function hostSubnets(): Promise<readonly string[]> {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  return subnetsIn(table);
}

/** @param table As in /proc/net/route: destination and mask are little-endian hex. */
export function subnetsIn(table: string): readonly string[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, destination, , , , , , mask] = line.split(/\s+/);
      if (destination === undefined || mask === undefined || mask === "00000000") return [];
      const bits = [...Buffer.from(mask, "hex")].reduce((sum, byte) => sum + onesIn(byte), 0);
      return [`${[...Buffer.from(destination, "hex")].toReversed().join(".")}/${bits}`];
    });
}

function onesIn(byte: number): number {
  return byte === 0 ? 0 : (byte & 1) + onesIn(byte >> 1);
}
