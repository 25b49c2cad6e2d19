import type { ContainerInspectInfo } from "dockerode";
import type { ContainerNames, ContainerProfile } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import { createOptions, weaknesses } from "./create-options.ts";
import type { Engine } from "./engine.ts";
import { isConflict, isMissing, isNotModified } from "./engine.ts";
import { type PublishPolicy, portsInOrder } from "./published-ports.ts";

export interface ContainerWish {
  readonly profile: ContainerProfile;
  readonly names: ContainerNames;
  readonly publish: PublishPolicy;
  readonly maxRestarts: number;
}

/** A stop may take the whole grace, and the engine some more. */
const STOP_MARGIN_MS = 30_000;

/** Makes and starts the container; one that is published, at a port that no other container was made for. */
export async function runContainer(engine: Engine, wish: ContainerWish): Promise<void> {
  if (wish.profile.egress !== "open") return start(engine, await create(engine, wish, null));
  const held = await heldPorts(engine);
  for (const port of portsInOrder(wish.profile.name, wish.publish)) {
    if (held.has(port)) continue;
    const id = await create(engine, wish, port);
    try {
      return await start(engine, id);
    } catch (error) {
      if (!isTaken(port, error)) throw error;
      await remove(engine, id);
    }
  }
  const { firstPort, lastPort } = wish.publish;
  throw new DriverError(
    "no-free-port",
    `No port between ${firstPort} and ${lastPort} is free. Stop an instance, or what else listens there.`,
  );
}

async function start(engine: Engine, id: string): Promise<void> {
  await engine.ask((docker, abortSignal) => docker.getContainer(id).start({ abortSignal }));
}

/** Ports of all our containers, of every deployment: one that does not run at the moment comes back to its own. */
async function heldPorts(engine: Engine): Promise<ReadonlySet<number>> {
  const filters = { label: [LABEL.port] };
  const containers = await engine.ask((docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  return new Set(containers.map(({ Labels }) => Number(Labels[LABEL.port])));
}

/** In an orderly way, then by force. One that does not run is no error. */
export async function stopContainer(engine: Engine, found: ContainerInspectInfo): Promise<void> {
  if (found.State.Paused) await unpauseContainer(engine, found.Id);
  const graceSeconds = stopGraceOf(found);
  await engine
    .ask(
      (docker) => docker.getContainer(found.Id).stop({ t: graceSeconds }),
      graceSeconds * 1000 + STOP_MARGIN_MS,
    )
    .catch((error: unknown) => {
      if (!isMissing(error) && !isNotModified(error)) throw error;
    });
}

export async function unpauseContainer(engine: Engine, id: string): Promise<void> {
  await engine.ask((docker, abortSignal) => docker.getContainer(id).unpause({ abortSignal }));
}

/** Has the engine's word that the container is as hardened as it was ordered. */
async function create(
  engine: Engine,
  { profile, names, maxRestarts }: ContainerWish,
  port: number | null,
): Promise<string> {
  const { NCPU } = await engine.ask((docker) => docker.info());
  const limits = { ...profile.limits, cpus: Math.min(profile.limits.cpus, NCPU) };
  const options = createOptions({ ...profile, limits }, names, port, maxRestarts);
  const { id } = await engine
    .ask((docker, abortSignal) => docker.createContainer({ ...options, abortSignal }))
    .catch((error: unknown) => {
      throw isConflict(error) ? containerNameTaken(names.main, error) : error;
    });
  const made = await engine.ask((docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
  const found = weaknesses(made, profile);
  if (found.length === 0) return id;
  await remove(engine, id);
  throw new DriverError(
    "not-hardened",
    `The engine made the container weaker than ordered (${found.join(", ")}); it was removed. Update Docker.`,
  );
}

async function remove(engine: Engine, id: string): Promise<void> {
  await engine.ask((docker, abortSignal) => docker.getContainer(id).remove({ force: true, abortSignal }));
}

export function containerNameTaken(name: string, cause: unknown): DriverError {
  return new DriverError(
    "name-taken",
    `A container named ${name} exists that is not of this deployment. Rename or remove it: docker rm ${name}.`,
    { cause },
  );
}

/** Written at its creation; the types of the engine's answer leave it out. */
function stopGraceOf({ Config }: ContainerInspectInfo): number {
  return "StopTimeout" in Config && typeof Config.StopTimeout === "number" ? Config.StopTimeout : 10;
}

/** Whether another program has the port, by the engine's words. */
function isTaken(port: number, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return new RegExp(`127\\.0\\.0\\.1:${port}\\b.*(?:address already in use|already allocated)`, "s").test(
    error.message,
  );
}
