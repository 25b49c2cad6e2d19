import type { NetworkInspectInfo } from "dockerode";
import type { Labels } from "../../containers/labels.ts";
import { isOurs, LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine.ts";
import { hostSubnets } from "./host-routes.ts";
import { bridgeAddress, freeSubnet } from "./subnets.ts";

export interface NetworkWish {
  readonly name: string;
  readonly labels: Labels;
  /** No way out, and no way in but from this host. */
  readonly internal: boolean;
  /** Subnets are cut from here. */
  readonly pool: string;
}

/** How often another process may take the chosen subnet first. */
const ATTEMPTS = 8;

/** Makes the bridge network unless it is there. Resolves with the host's own address on it. */
export async function ensureNetwork(engine: Engine, wish: NetworkWish): Promise<{ hostAddress: string }> {
  const found = await engine.find((docker) => docker.getNetwork(wish.name).inspect());
  if (found !== null) {
    if (!isOurs(found.Labels, wish.labels[LABEL.deployment] ?? "", wish.labels[LABEL.instance] ?? "")) {
      throw new DriverError(
        "name-taken",
        `A network named ${wish.name} exists that is not of this deployment. Remove or rename it: docker network rm ${wish.name}.`,
      );
    }
    if (found.Internal === wish.internal) return { hostAddress: hostAddressOf(found) };
    await engine.ask((docker, abortSignal) => docker.getNetwork(wish.name).remove({ abortSignal }));
  }
  await createNetwork(engine, wish);
  return ensureNetwork(engine, wish);
}

/** The host's own address on a network that is there; `null` without it. */
export async function hostAddressOn(engine: Engine, name: string): Promise<string | null> {
  const found = await engine.find((docker) => docker.getNetwork(name).inspect());
  return found === null ? null : hostAddressOf(found);
}

/** Removes the network if it is this instance's. */
export async function removeNetwork(
  engine: Engine,
  name: string,
  deployment: string,
  instanceId: string,
): Promise<void> {
  const found = await engine.find((docker) => docker.getNetwork(name).inspect());
  if (!isOurs(found?.Labels, deployment, instanceId)) return;
  await engine.find((docker, abortSignal) => docker.getNetwork(name).remove({ abortSignal }));
}

async function createNetwork(engine: Engine, { name, labels, internal, pool }: NetworkWish): Promise<void> {
  const refused = [...(await hostSubnets())];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const networks = await engine.ask((docker, abortSignal) => docker.listNetworks({ abortSignal }));
    const taken = networks.flatMap(({ IPAM }) => IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? []);
    const Subnet = freeSubnet(pool, [...taken, ...refused]);
    if (Subnet === null) break;
    try {
      await engine.ask((docker, abortSignal) =>
        docker.createNetwork({
          Name: name,
          CheckDuplicate: true,
          Driver: "bridge",
          Internal: internal,
          Labels: { ...labels },
          IPAM: { Driver: "default", Config: [{ Subnet }] },
          abortSignal,
        }),
      );
      return;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // Another worker made the very network that is wanted.
      if (error.status === 409) return;
      if (!/overlap/i.test(error.message)) throw error;
      refused.push(Subnet);
    }
  }
  throw new DriverError(
    "no-free-network",
    `No subnet of ${pool} is free for another instance. Remove instances, or choose a larger pool.`,
  );
}

/** An engine that chose it by itself took the first, and does not always say so. */
function hostAddressOf({ IPAM, Name }: NetworkInspectInfo): string {
  const [config] = IPAM?.Config ?? [];
  const address =
    config?.Gateway ?? (config?.Subnet === undefined ? undefined : bridgeAddress(config.Subnet));
  if (address === undefined) {
    throw new DriverError("io-failed", `The network ${Name} has no subnet. Remove it; it is made anew.`);
  }
  return address;
}
