import type { ContainerProfile } from "../../container-profile.ts";
import { isOurs, LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import type { Engine } from "../docker/engine.ts";
import { isMissing } from "../docker/engine.ts";

/** A secret or a configuration of the swarm, and where a gateway sees it. Neither can be changed once it is made. */
export interface SwarmFile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly secret: boolean;
}

/** One that exists, perhaps of a revision that nobody runs any more. */
export interface StoredFile {
  readonly id: string;
  readonly instanceId: string;
  readonly revision: string;
  readonly secret: boolean;
  readonly createdAt: number;
}

/** Makes what the profile's gateway reads, under names of this attempt alone. */
export async function createFiles(engine: Engine, profile: ContainerProfile): Promise<readonly SwarmFile[]> {
  const { name: service, labels } = profile;
  return Promise.all(
    profile.files.map(async ({ path, content, secret }, index) => {
      const name = `${service}-${index}-${labels[LABEL.attempt] ?? ""}`;
      // The swarm takes no empty one.
      const data = Buffer.from(content === "" ? "\n" : content, "utf8").toString("base64");
      // Without a query of its own the client would write all of it into the URL.
      const order = { _query: {}, _body: { Name: name, Labels: { ...labels }, Data: data } };
      const made: { readonly id?: string; readonly ID?: string } = await engine.ask((docker) =>
        secret ? docker.createSecret(order) : docker.createConfig(order),
      );
      return { id: made.id ?? made.ID ?? "", name, path, secret };
    }),
  );
}

/** Those of one instance, or else of all. */
export async function storedFiles(
  engine: Engine,
  deployment: string,
  instanceId?: string,
): Promise<readonly StoredFile[]> {
  const [name, value] =
    instanceId === undefined ? [LABEL.deployment, deployment] : [LABEL.instance, instanceId];
  const filters = { label: [`${name}=${value}`] };
  const [secrets, configs] = await Promise.all([
    engine.ask((docker) => docker.listSecrets({ filters })),
    engine.ask((docker) => docker.listConfigs({ filters })),
  ]);
  return [
    ...secrets.flatMap((secret) => storedFile(secret, true, deployment)),
    ...configs.flatMap((config) => storedFile(config, false, deployment)),
  ];
}

interface Stored {
  readonly ID: string;
  readonly Spec?: { readonly Labels?: Labels | undefined } | undefined;
  readonly CreatedAt?: string | undefined;
}

/** None where it is somebody else's, or of no start, as the record of nodes is. */
function storedFile({ ID, Spec, CreatedAt }: Stored, secret: boolean, deployment: string): StoredFile[] {
  const { [LABEL.instance]: instanceId = "", [LABEL.attempt]: attempt } = Spec?.Labels ?? {};
  if (attempt === undefined || !isOurs(Spec?.Labels, deployment, instanceId)) return [];
  const revision = Spec?.Labels?.[LABEL.revision] ?? "";
  return [{ id: ID, instanceId, revision, secret, createdAt: Date.parse(CreatedAt ?? "") }];
}

export async function removeFiles(
  engine: Engine,
  files: readonly Pick<StoredFile, "id" | "secret">[],
): Promise<void> {
  for (const { id, secret } of files) {
    await engine
      .ask((docker) => (secret ? docker.getSecret(id).remove() : docker.getConfig(id).remove()))
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }
}
