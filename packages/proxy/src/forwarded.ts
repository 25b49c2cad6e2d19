import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** What is known of the client behind a request. */
export interface ClientInfo {
  /** The first address, seen from us, that is not a trusted proxy. Mapped IPv4 is written as IPv4. */
  readonly address: string;
  /** The client's address and the trusted proxies after it, in order. */
  readonly chain: string;
  readonly proto: "http" | "https";
  /** The host the client asked for. Empty if it named none. */
  readonly host: string;
  /** `true` if the peer itself is a trusted proxy. */
  readonly trusted: boolean;
  /** What {@link forwardedHeaders} made of it for the prefix it was last asked for. */
  written:
    | {
        readonly prefix: string;
        readonly loopbackAs: string | undefined;
        readonly headers: readonly string[];
      }
    | undefined;
}

/** Answers whether an address belongs to the trusted proxies. */
export type TrustPredicate = (address: string) => boolean;

/**
 * Reads a list of addresses and CIDR ranges, IPv4 and IPv6. Mapped addresses (`::ffff:10.0.0.1`) are read as IPv4.
 *
 * @throws RangeError if an entry is neither an address nor a range.
 *
 * @example
 * ```ts
 * const trusts = trustedAddresses(["10.0.0.0/8", "fd00::/8", "127.0.0.1"]);
 * trusts("::ffff:10.1.2.3"); // true
 * ```
 */
export function trustedAddresses(entries: readonly string[]): TrustPredicate {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries) addRange(list, entry);
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? "ipv4" : "ipv6");
  };
}

function addRange(list: BlockList, entry: string): void {
  const [address = "", bits, ...rest] = entry.trim().split("/");
  const mapped = plainAddress(address);
  const family = isIP(mapped);
  const width = family === 4 ? 32 : 128;
  const shift = mapped !== address && isIP(address) === 6 ? 96 : 0;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) - shift : -1;
  if (family === 0 || rest.length > 0 || prefix < 0 || prefix > width) {
    throw new RangeError(`"${entry}" is not an address or CIDR range. Write it like 10.0.0.0/8 or fd00::/8.`);
  }
  list.addSubnet(mapped, prefix, family === 4 ? "ipv4" : "ipv6");
}

/** An address without zone; a mapped IPv4 address as plain IPv4. */
function plainAddress(address: string): string {
  if (!address.includes(":")) return address;
  const zone = address.indexOf("%");
  const bare = zone === -1 ? address : address.slice(0, zone);
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare;
}

/** Finds the client behind a request. */
export type ClientResolver = (req: IncomingMessage) => ClientInfo;

/**
 * A resolver that remembers, for each connection of an untrusted peer, what it found: requests of one connection
 * mostly ask for the same host.
 */
export function createClientResolver(trusts: TrustPredicate): ClientResolver {
  const known = new WeakMap<object, ClientInfo>();
  return (req) => {
    const before = known.get(req.socket);
    if (before && before.host === (req.headers.host ?? "")) return before;
    const client = resolveClient(req, trusts);
    if (!client.trusted) known.set(req.socket, client);
    return client;
  };
}

/**
 * Finds the client behind a request. Only a trusted peer's headers are read, and of `X-Forwarded-For` only as many
 * entries, from the right, as trusted proxies wrote.
 */
export function resolveClient(req: IncomingMessage, trusts: TrustPredicate): ClientInfo {
  const { socket, headers } = req;
  const peer = plainAddress(socket.remoteAddress ?? "");
  const proto = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
  const host = headers.host ?? "";
  if (!trusts(peer)) return { address: peer, chain: peer, proto, host, trusted: false, written: undefined };
  const chain = verifiedChain(listOf(headers["x-forwarded-for"]), peer, trusts);
  const toldProto = listOf(headers["x-forwarded-proto"]).at(-1)?.toLowerCase();
  return {
    address: chain[0] ?? peer,
    chain: chain.join(", "),
    proto:
      toldProto === "https" || toldProto === "wss"
        ? "https"
        : toldProto === "http" || toldProto === "ws"
          ? "http"
          : proto,
    host: listOf(headers["x-forwarded-host"]).at(-1) ?? host,
    trusted: true,
    written: undefined,
  };
}

function verifiedChain(told: readonly string[], peer: string, trusts: TrustPredicate): string[] {
  const chain = [peer];
  for (let index = told.length - 1; index >= 0; index -= 1) {
    const address = plainAddress(withoutPort(told[index] ?? ""));
    if (isIP(address) === 0) break;
    chain.unshift(address);
    if (!trusts(address)) break;
  }
  return chain;
}

function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry);
  if (bracketed) return bracketed[1] ?? "";
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(":")) : entry;
}

function listOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  const text = Array.isArray(header) ? header.join(",") : header;
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Our own `X-Forwarded-*` and `Forwarded`, as a flat list of names and values. */
export function forwardedHeaders(
  client: ClientInfo,
  prefix: string,
  loopbackAs: string | undefined,
): readonly string[] {
  const { written } = client;
  if (written && written.prefix === prefix && written.loopbackAs === loopbackAs) return written.headers;
  const headers = writeForwarded(loopbackAs === undefined ? client : renamed(client, loopbackAs), prefix);
  client.written = { prefix, loopbackAs, headers };
  return headers;
}

/** The same client under another address, if its own is one of this machine. */
function renamed(client: ClientInfo, address: string): ClientInfo {
  if (client.address !== "::1" && !client.address.startsWith("127.")) return client;
  return { ...client, address, chain: address + client.chain.slice(client.address.length) };
}

function writeForwarded({ address, chain, proto, host }: ClientInfo, prefix: string): readonly string[] {
  const into = ["x-forwarded-for", chain, "x-forwarded-proto", proto];
  if (host !== "") into.push("x-forwarded-host", host);
  into.push("x-forwarded-port", portOf(host, proto));
  if (prefix !== "") into.push("x-forwarded-prefix", prefix);
  const node = address.includes(":") ? `"[${address}]"` : address;
  const named = /^[0-9A-Za-z.-]+$/.test(host) ? host : `"${host.replace(/["\\]/g, "")}"`;
  into.push(
    "forwarded",
    host === "" ? `for=${node};proto=${proto}` : `for=${node};host=${named};proto=${proto}`,
  );
  return into;
}

function portOf(host: string, proto: "http" | "https"): string {
  const colon = host.lastIndexOf(":");
  const port = colon > host.lastIndexOf("]") ? host.slice(colon + 1) : "";
  return port === "" ? (proto === "https" ? "443" : "80") : port;
}
