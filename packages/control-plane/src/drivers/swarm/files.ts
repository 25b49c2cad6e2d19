import type { ContainerProfile } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";
import { isOurs } from "../../containers/labels.ts";
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

export async function storedFiles(
  engine: Engine,
  deployment: string,
  instanceId: string,
): Promise<readonly StoredFile[]> {
  const filters = { label: [`${LABEL.instance}=${instanceId}`] };
  const [secrets, configs] = await Promise.all([
    engine.ask((docker) => docker.listSecrets({ filters })),
    engine.ask((docker) => docker.listConfigs({ filters })),
  ]);
  const stored = (
    {
      ID,
      Spec,
      CreatedAt,
    }: { ID: string; Spec?: { Labels?: Labels | undefined } | undefined; CreatedAt?: string | undefined },
    secret: boolean,
  ): StoredFile[] =>
    isOurs(Spec?.Labels, deployment, instanceId)
      ? [
          {
            id: ID,
            revision: Spec?.Labels?.[LABEL.revision] ?? "",
            secret,
            createdAt: Date.parse(CreatedAt ?? ""),
          },
        ]
      : [];
  return [
    ...secrets.flatMap((secret) => stored(secret, true)),
    ...configs.flatMap((config) => stored(config, false)),
  ];
}

export async function removeFiles(engine: Engine, files: readonly StoredFile[]): Promise<void> {
  for (const { id, secret } of files) {
    await engine
      .ask((docker) => (secret ? docker.getSecret(id).remove() : docker.getConfig(id).remove()))
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }
}
