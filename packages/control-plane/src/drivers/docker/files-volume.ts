import type { ContainerNames, ContainerProfile } from "../../container-profile.ts";
import { GATEWAY_UID } from "../../container-profile.ts";
import { LABEL, ownershipLabels } from "../../containers/labels.ts";
import { containerNameTaken } from "./containers.ts";
import type { Engine } from "./engine.ts";
import { isConflict } from "./engine.ts";
import { removeOwned } from "./ownership.ts";
import { tarArchive } from "./tar.ts";
import type { TarEntry } from "./tar.ts";
import { ensureVolume } from "./volumes.ts";

/**
 * Writes the configuration and the secrets into their volume, made unless it is there, and gives the other volumes to the
 * gateway's account. A container that is never started carries the volumes meanwhile: the gateway's own has them
 * read-only. One that runs sees each file replaced at once by a whole one, the configuration last.
 */
export async function writeFiles(
  engine: Engine,
  profile: ContainerProfile,
  names: ContainerNames,
): Promise<void> {
  const name = writerOf(names);
  const volumes = [...profile.volumes, { name: names.files, path: profile.filesDir }];
  const create = () =>
    engine.ask((docker, abortSignal) =>
      docker.createContainer({
        name,
        Image: profile.image,
        Entrypoint: ["true"],
        Cmd: [],
        Labels: { ...profile.labels },
        HostConfig: {
          NetworkMode: "none",
          Mounts: volumes.map(({ name: Source, path }) => ({ Type: "volume", Source, Target: path })),
        },
        abortSignal,
      }),
    );
  const deployment = profile.labels[LABEL.deployment] ?? "";
  const instanceId = profile.labels[LABEL.instance] ?? "";
  const volume = { name: names.files, labels: ownershipLabels(deployment, instanceId) };
  await ensureVolume(engine, { ...volume, disk: { kind: "unlimited" } }, null);
  const remove = () => removeOwned(engine, name, deployment, instanceId);
  const writer = await create().catch(async (error: unknown) => {
    if (!isConflict(error)) throw error;
    // An earlier worker died between its creation and its removal.
    if (!(await remove())) throw containerNameTaken(name, error);
    return create();
  });
  try {
    const archive = tarArchive([
      ...[...profile.directories, profile.filesDir].map((path) => ({
        path: `${path.slice(1)}/`,
        mode: 0o700,
        uid: GATEWAY_UID,
      })),
      ...replacements(profile),
    ]);
    await engine.ask((_, abortSignal) => writer.putArchive(archive, { path: "/", abortSignal }));
  } finally {
    await remove();
  }
}

/**
 * An engine removes a file before it writes the next one, which mostly gets the number (inode) that has just become free.
 * Whoever watches a file by its number, as OpenClaw does (chokidar 5, `_handleFile`), takes it for the same one and goes on
 * watching what is gone. So each is written beside the one that it replaces, and then takes its name.
 */
function replacements({ files, filesDir }: ContainerProfile): readonly TarEntry[] {
  const access = { mode: 0o400, uid: GATEWAY_UID };
  const beside = { path: `${filesDir.slice(1)}/.next`, ...access };
  return [
    ...files.flatMap(({ path, content }) => [
      { ...beside, content },
      { path: path.slice(1), ...access, sameAs: beside.path },
    ]),
    { ...beside, content: "" },
  ];
}

/** The name of the container that carries the volumes. */
export function writerOf({ main }: Pick<ContainerNames, "main">): string {
  return `${main}-writer`;
}
