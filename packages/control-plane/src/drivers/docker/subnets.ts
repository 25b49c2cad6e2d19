import { DriverError } from "../driver.ts";

/** IPv4 subnets for one bridge network per instance. The engine's own pools end after about thirty networks. */

interface Range {
  readonly first: number;
  readonly size: number;
}

/** Room for the bridge, the gateway and a few more. */
const SUBNET_BITS = 28;

/**
 * The lowest subnet of the pool that overlaps none of the taken ones; `null` when the pool is used up.
 *
 * @example
 * freeSubnet("10.213.0.0/16", ["10.213.0.0/28"]); // "10.213.0.16/28"
 */
export function freeSubnet(
  pool: string,
  taken: readonly string[],
  bits: number = SUBNET_BITS,
): string | null {
  const { first, size } = parseRange(pool);
  const used = taken.filter((subnet) => subnet.includes(".")).map(parseRange);
  const step = 2 ** (32 - bits);
  for (let at = first; at + step <= first + size; at += step) {
    const clash = used.find((range) => at < range.first + range.size && range.first < at + step);
    if (clash === undefined) return `${format(at)}/${bits}`;
    // A large clash is left behind in one step.
    const end = clash.first + clash.size;
    while (at + 2 * step <= end) at += step;
  }
  return null;
}

/**
 * The first address of a subnet, which the bridge itself takes.
 *
 * @example
 * bridgeAddress("10.213.0.16/28"); // "10.213.0.17"
 */
export function bridgeAddress(subnet: string): string {
  return addressIn(subnet, 1);
}

/**
 * A subnet's address at a distance from its first.
 *
 * @example
 * addressIn("10.213.0.16/28", 2); // "10.213.0.18"
 */
export function addressIn(subnet: string, offset: number): string {
  return format(parseRange(subnet).first + offset);
}

/** Whether the text is a subnet that {@link freeSubnet} can carve up. */
export function isPool(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  return (
    match !== null && match.slice(1, 5).every((part) => Number(part) < 256) && Number(match[5]) <= SUBNET_BITS
  );
}

/** Throws {@link DriverError} for a text that is none. */
export function refuseNoPool(text: string): void {
  if (isPool(text)) return;
  throw new DriverError(
    "no-free-network",
    `${text} is no pool of networks. Write one such as 10.213.0.0/16.`,
  );
}

function parseRange(subnet: string): Range {
  const [address = "", bits = "32"] = subnet.split("/");
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first: number - (number % size), size };
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
