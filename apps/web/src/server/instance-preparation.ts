import {
  authOf,
  type GatewaySettings,
  type InstanceSpec,
  type KeyRing,
  type ModelProvider,
  open,
  revisionOf,
} from "@automna/control-plane";
import {
  type Database,
  findModelKey,
  type InstanceRecord,
  type ModelKeyRecord,
  setRuntime,
} from "@automna/control-plane/database";
import type { GatewayRuntime } from "./gateway-runtime.ts";
import type { Log } from "./log.ts";

export interface PreparationOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly runtime: Pick<GatewayRuntime, "driver" | "product" | "build" | "image">;
  /** The model as that instance sees it: by its owner's own key, else by the operator's. */
  readonly modelFor: (instanceId: string, token: string, own: ModelKeyRecord | null) => ModelProvider | null;
  /** What OpenClaw as a process does with a browser that it does not know. */
  readonly devicePairing?: "silent" | "approval";
  /** Origins whose pages may open a socket to the gateway with this subdomain. */
  readonly allowedOrigins: (subdomain: string) => readonly string[];
  readonly redactor: Log["redactor"];
}

/**
 * Says how an instance is run here, today: as this app runs gateways now, by the router's word, its own token or the one
 * that it is moving to, for the pages of this app. What another driver or product ran before becomes one of these.
 *
 * @param image Instead of its own, for an upgrade.
 */
export async function prepareInstance(
  instance: InstanceRecord,
  { database, keyRing, runtime, modelFor, allowedOrigins, redactor, devicePairing }: PreparationOptions,
  image: string | null = instance.image,
): Promise<{ readonly spec: InstanceSpec }> {
  const { id, ownerId, subdomain, epoch, limits } = instance;
  const { driver, product } = runtime;
  const known = (sealed: string) => {
    const token = open(keyRing, sealed, { userId: ownerId, instanceId: id });
    const auth = authOf({ driver, product, id }, token);
    redactor.add(token);
    if (auth.mode === "trusted-proxy") redactor.add(auth.control);
    return { token, auth };
  };
  // A gateway writes both names into its log when it exchanges the one for the other.
  if (instance.nextToken?.by === "handover") known(instance.sealedToken);
  const { token, auth } = known(instance.nextToken?.sealedToken ?? instance.sealedToken);
  const isOther = product !== instance.product;
  if (isOther || driver !== instance.driver)
    // No image of one product is any good for another.
    await setRuntime(database, id, {
      driver,
      product,
      ...(isOther ? { image: runtime.image, nextImage: null } : {}),
    });
  const model = product === "demo" ? null : modelFor(id, token, await findModelKey(database, ownerId));
  if (model?.apiKey) redactor.add(model.apiKey);
  const settings: GatewaySettings = {
    auth,
    basePath: product === "openclaw" ? `/i/${id}` : "",
    allowedOrigins: allowedOrigins(subdomain),
    trustedProxies: [],
    ...(devicePairing === "approval" && product === "openclaw" && driver === "process"
      ? { localPairing: devicePairing }
      : {}),
    model,
  };
  const run = (isOther ? null : image) ?? runtime.image;
  const build = [runtime.build, run ?? "", epoch || ""];
  return {
    spec: {
      id,
      ownerId,
      product,
      settings,
      revision: revisionOf(product, settings, build.join(" ").trim()),
      subdomain,
      ...(run === null ? {} : { image: run }),
      ...(limits === null ? {} : { limits }),
    },
  };
}
