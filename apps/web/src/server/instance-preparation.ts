import {
  type GatewayProgram,
  type GatewaySettings,
  type InstanceSpec,
  type KeyRing,
  type ModelProvider,
  open,
  revisionOf,
} from "@automna/control-plane";
import {
  type Database,
  type InstanceRecord,
  openModelKey,
  setProduct,
} from "@automna/control-plane/database";
import type { Log } from "./log.ts";

export interface PreparationOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly program: GatewayProgram;
  /** The operator's; a person's own key goes before it. */
  readonly model: ModelProvider | null;
  /** Origins whose pages may open a socket to the gateway with this subdomain. */
  readonly allowedOrigins: (subdomain: string) => readonly string[];
  readonly redactor: Log["redactor"];
}

/**
 * Says how an instance is run here, today: by the program that is installed now, with its own token or the one that it
 * is moving to, for the pages of this app. An instance that another product ran before becomes one of this product.
 *
 * @param image Instead of its own, for an upgrade.
 */
export async function prepareInstance(
  instance: InstanceRecord,
  { database, keyRing, program, model, allowedOrigins, redactor }: PreparationOptions,
  image: string | null = instance.image,
): Promise<{ readonly spec: InstanceSpec }> {
  const { id, ownerId, subdomain, epoch, limits } = instance;
  const token = open(keyRing, instance.nextToken?.sealedToken ?? instance.sealedToken, {
    userId: ownerId,
    instanceId: id,
  });
  redactor.add(token);
  const { product } = program;
  if (product !== instance.product) await setProduct(database, id, product);
  const settings: GatewaySettings = {
    auth: { mode: "token", token },
    basePath: product === "openclaw" ? `/i/${id}` : "",
    allowedOrigins: allowedOrigins(subdomain),
    trustedProxies: [],
    model: product === "demo" ? null : ((await ownModel(instance, database, keyRing, redactor)) ?? model),
  };
  const build = [program.kind === "installed" ? program.version : "", image ?? "", epoch || ""];
  return {
    spec: {
      id,
      ownerId,
      product,
      settings,
      revision: revisionOf(product, settings, build.join(" ").trim()),
      ...(image === null ? {} : { image }),
      ...(limits === null ? {} : { limits }),
    },
  };
}

async function ownModel(
  { ownerId }: InstanceRecord,
  database: Database,
  keyRing: KeyRing,
  redactor: Log["redactor"],
): Promise<ModelProvider | null> {
  const key = await openModelKey(database, keyRing, ownerId);
  if (!key) return null;
  redactor.add(key.apiKey);
  const { provider, apiKey, modelId } = key;
  return { kind: provider, apiKey, ...(modelId === null ? {} : { modelId }) };
}
