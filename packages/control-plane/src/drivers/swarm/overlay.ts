import { randomInt } from "node:crypto";
import type { NetworkInspectInfo } from "dockerode";
import type { Labels } from "../../containers/labels.ts";
import { isOurs, LABEL } from "../../containers/labels.ts";
import type { Clock } from "../../clock.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError, isConflict } from "../docker/engine.ts";
import { hostSubnets } from "../docker/host-routes.ts";
import { addressIn, freeSubnet } from "../docker/subnets.ts";

export interface OverlayWish {
  readonly name: string;
  readonly labels: Labels;
  /** No way out. */
  readonly internal: boolean;
  /** Whether what passes between nodes is encrypted. */
  readonly encrypted: boolean;
  /** Subnets are cut from here. */
  readonly pool: string;
}

/** An instance's own network across the swarm. */
export interface Overlay {
  readonly id: string;
  readonly name: string;
  /** Reserved for routers: what runs in the network otherwise is given none of them. */
  readonly routerAddresses: readonly string[];
}

/** The lower half is for routers, the upper for what the swarm itself gives out. */
const OVERLAY_BITS = 27;
const HALF = 16;
const RETRY_MS = 100;
const ALLOCATION_LIMIT_MS = 10_000;
const ATTEMPTS = 4;
/** How many free subnets one is chosen of. */
const CHOICE = 64;
/** A task that has ended holds its network until its node has said so. */
const REMOVAL_LIMIT_MS = 60_000;
const HELD_OR_GOING = /in use|active endpoints|not found/i;

export async function findOverlay(engine: Engine, name: string): Promise<NetworkInspectInfo | null> {
  return engine.find((docker) => docker.getNetwork(name).inspect());
}

/** Whether the overlay is another kind of network than is wanted by now, and has to be made anew. */
export function isOutdated({ Internal, Options }: NetworkInspectInfo, wish: OverlayWish): boolean {
  return Internal !== wish.internal || (Options?.["encrypted"] !== undefined) !== wish.encrypted;
}

/** Makes the overlay unless it is there. */
export async function ensureOverlay(
  engine: Engine,
  wish: OverlayWish,
  clock: Clock,
  pick: (count: number) => number = randomInt,
): Promise<Overlay> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await findOverlay(engine, wish.name);
    if (found === null) await createOverlay(engine, wish, pick);
    else if (!isOurs(found.Labels, wish.labels[LABEL.deployment] ?? "", wish.labels[LABEL.instance] ?? "")) {
      throw new DriverError(
        "name-taken",
        `A network named ${wish.name} exists that is not of this deployment. Remove or rename it: docker network rm ${wish.name}.`,
      );
    } else if (found.Scope === "local") {
      throw new DriverError(
        "name-taken",
        `A network named ${wish.name} is left from when the gateway ran on this host alone. Remove it: docker network rm ${wish.name}.`,
      );
    }
    const overlay = await allocated(engine, wish.name, clock);
    if (overlay !== null) return overlay;
  }
  throw new DriverError(
    "no-free-network",
    `The swarm gave the network ${wish.name} no subnet of ${wish.pool}: others had each of them first. Choose a pool that nothing else uses.`,
  );
}

/** One of many free subnets: what another worker chooses at the same moment cannot be seen yet. */
async function createOverlay(
  engine: Engine,
  wish: OverlayWish,
  pick: (count: number) => number,
): Promise<void> {
  const free = freeSubnets(wish.pool, [...(await subnetsOf(engine)), ...(await hostSubnets())]);
  const Subnet = free[pick(Math.max(1, free.length))];
  if (Subnet === undefined) {
    throw new DriverError(
      "no-free-network",
      `No subnet of ${wish.pool} is free for another instance. Remove instances, or choose a larger pool.`,
    );
  }
  await engine
    .ask((docker, abortSignal) =>
      docker.createNetwork({
        Name: wish.name,
        CheckDuplicate: true,
        Driver: "overlay",
        // Routers join it as they run; a service would have to be started anew.
        Attachable: true,
        Internal: wish.internal,
        Labels: { ...wish.labels },
        Options: wish.encrypted ? { encrypted: "" } : {},
        IPAM: {
          Driver: "default",
          Config: [{ Subnet, IPRange: `${addressIn(Subnet, HALF)}/${OVERLAY_BITS + 1}` }],
        },
        abortSignal,
      }),
    )
    .catch((error: unknown) => {
      // Another worker made it.
      if (!isConflict(error)) throw error;
    });
}

function freeSubnets(pool: string, taken: readonly string[]): readonly string[] {
  const free: string[] = [];
  for (let subnet; free.length < CHOICE; free.push(subnet)) {
    subnet = freeSubnet(pool, [...taken, ...free], OVERLAY_BITS);
    if (subnet === null) break;
  }
  return free;
}

/** `null` when another network took its subnet first: a manager says so only by giving it none. */
async function allocated(engine: Engine, name: string, clock: Clock): Promise<Overlay | null> {
  for (const deadline = clock.now() + ALLOCATION_LIMIT_MS; ; await clock.sleep(RETRY_MS)) {
    const found = await findOverlay(engine, name);
    const overlay = found === null ? null : overlayOf(found);
    if (overlay !== null) return overlay;
    if (clock.now() < deadline) continue;
    if (found !== null) await removeOverlay(engine, found.Id, clock);
    return null;
  }
}

async function subnetsOf(engine: Engine): Promise<readonly string[]> {
  const networks = await engine.ask((docker, abortSignal) => docker.listNetworks({ abortSignal }));
  return networks.flatMap(({ IPAM }) => IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? []);
}

/** `null` as long as it has no subnet. */
export function overlayOf({ Id, Name, IPAM }: NetworkInspectInfo): Overlay | null {
  const subnet = IPAM?.Config?.[0]?.Subnet;
  if (subnet === undefined) return null;
  // The first one is the network's own.
  const routerAddresses = Array.from({ length: HALF - 2 }, (_, index) => addressIn(subnet, index + 2));
  return { id: Id, name: Name, routerAddresses };
}

/** Removes the overlay, once nothing holds it any more. */
export async function removeOverlay(engine: Engine, id: string, clock: Clock): Promise<void> {
  const deadline = clock.now() + REMOVAL_LIMIT_MS;
  // The engine takes its own part of a network down only after the swarm has removed it.
  for (; (await findOverlay(engine, id)) !== null; await clock.sleep(RETRY_MS)) {
    try {
      await engine.find((docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }));
    } catch (error) {
      const words = error instanceof EngineError ? error.message : "";
      if (!HELD_OR_GOING.test(words) || clock.now() >= deadline) throw error;
    }
  }
}
