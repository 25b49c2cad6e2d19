import type { ContainerInspectInfo } from "dockerode";
import { isOurs } from "../../containers/labels.ts";
import type { Engine } from "./engine.ts";
import { isMissing } from "./engine.ts";

/** A container of this name that carries this instance's labels; `null` without one, or when it is somebody else's. */
export async function findOwned(
  engine: Engine,
  name: string,
  deployment: string,
  instanceId: string,
): Promise<ContainerInspectInfo | null> {
  const found = await engine.find((docker, abortSignal) =>
    docker.getContainer(name).inspect({ abortSignal }),
  );
  return found !== null && isOurs(found.Config.Labels, deployment, instanceId) ? found : null;
}

/** Removes that container by its id, so that never another one of the same name goes. False when there was none. */
export async function removeOwned(
  engine: Engine,
  name: string,
  deployment: string,
  instanceId: string,
): Promise<boolean> {
  const found = await findOwned(engine, name, deployment, instanceId);
  if (found === null) return false;
  await engine
    .ask((docker, abortSignal) => docker.getContainer(found.Id).remove({ force: true, abortSignal }))
    .catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  return true;
}
