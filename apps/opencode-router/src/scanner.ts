import { identify, parseHealth } from "./identity.ts";
import type { Probe, ProbeAnswer } from "./probe.ts";
import type { Sighting } from "./registry.ts";
import type { SocketOwners } from "./socket-owner.ts";

export interface ScanOptions {
  /** Ports to probe, in this order. */
  readonly ports: readonly number[];
  readonly concurrency: number;
  /** For each request of a probe, in milliseconds. */
  readonly probeTimeoutMs: number;
  readonly probe: Probe;
  readonly readOwners: () => Promise<SocketOwners>;
  /** Sent to servers that ask for it, and only to those of {@link ScanOptions.ownUid}. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly ownUid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** A port that asks for a password which the router does not have, or must not send. */
export interface LockedPort {
  readonly port: number;
  readonly detail: string;
}

export interface ScanResult {
  readonly sightings: readonly Sighting[];
  readonly locked: readonly LockedPort[];
  /** `false` if the scan was cut short: what it did not find may still be there. */
  readonly complete: boolean;
}

type PortResult =
  | { readonly kind: "backend"; readonly sighting: Sighting }
  | { readonly kind: "locked"; readonly locked: LockedPort }
  | { readonly kind: "nothing" };

/** Probes every port once. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const owners = await options.readOwners();
  const sightings: Sighting[] = [];
  const locked: LockedPort[] = [];
  const queue = options.ports.values();
  async function work(): Promise<void> {
    for (const port of queue) {
      if (options.signal?.aborted) return;
      const result = await probePort(options, port, owners.get(port));
      if (result.kind === "backend") sightings.push(result.sighting);
      if (result.kind === "locked") locked.push(result.locked);
    }
  }
  const workers = Math.min(options.concurrency, options.ports.length);
  await Promise.all(Array.from({ length: workers }, work));
  sightings.sort((a, b) => a.port - b.port);
  locked.sort((a, b) => a.port - b.port);
  return { sightings, locked, complete: !options.signal?.aborted };
}

async function probePort(
  options: ScanOptions,
  port: number,
  ownerUid: number | undefined,
): Promise<PortResult> {
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
    options.probe({ port, path, headers, timeoutMs: options.probeTimeoutMs });
  let headers: Readonly<Record<string, string>> = {};
  let answer = await ask("/global/health", headers);
  if (answer && asksForPassword(answer)) {
    const own = ownerUid !== undefined && ownerUid === options.ownUid;
    if (!options.credentials || !own) return lockedPort(port, options.credentials !== undefined);
    headers = { authorization: basic(options.credentials) };
    answer = await ask("/global/health", headers);
    if (answer && asksForPassword(answer)) {
      return { kind: "locked", locked: { port, detail: "It refuses the password of this router." } };
    }
  }
  const health = answer?.status === 200 ? parseHealth(answer.body ?? "") : undefined;
  if (!health) return { kind: "nothing" };
  const [project, path] = await Promise.all([ask("/project/current", headers), ask("/path", headers)]);
  return {
    kind: "backend",
    sighting: {
      port,
      identity: identify(port, okBody(project), okBody(path)),
      version: health.version,
      ownerUid,
      seenAt: options.now(),
    },
  };
}

function lockedPort(port: number, hasPassword: boolean): PortResult {
  const detail = hasPassword
    ? "It asks for a password, and is not known to belong to the user of this router: nothing was sent."
    : "It asks for a password. Set OPENCODE_SERVER_PASSWORD for the router.";
  return { kind: "locked", locked: { port, detail } };
}

function asksForPassword({ status, headers }: ProbeAnswer): boolean {
  return status === 401 && /^basic\b/i.test(String(headers["www-authenticate"] ?? ""));
}

function okBody(answer: ProbeAnswer | undefined): string | undefined {
  return answer?.status === 200 ? answer.body : undefined;
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
