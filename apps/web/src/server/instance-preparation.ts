import {
  type GatewayProgram,
  type GatewaySettings,
  type KeyRing,
  type ModelProvider,
  open,
  revisionOf,
} from "@automna/control-plane";
import { type Database, type InstanceRecord, setProduct } from "@automna/control-plane/database";
import type { PreparedInstance } from "./gateways.ts";
import type { Log } from "./log.ts";

export interface PreparationOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly program: GatewayProgram;
  readonly model: ModelProvider | null;
  /** Origins whose pages may open a socket to the gateway with this subdomain. */
  readonly allowedOrigins: (subdomain: string) => readonly string[];
  readonly redactor: Log["redactor"];
}

/**
 * Says how an instance is run here, today: by the program that is installed now, with its own token, for the pages of
 * this app. An instance that another product ran before becomes one of this product.
 */
export async function prepareInstance(
  { id, ownerId, subdomain, product: before, sealedToken }: InstanceRecord,
  { database, keyRing, program, model, allowedOrigins, redactor }: PreparationOptions,
): Promise<PreparedInstance> {
  const token = open(keyRing, sealedToken, { userId: ownerId, instanceId: id });
  redactor.add(token);
  const { product } = program;
  if (product !== before) await setProduct(database, id, product);
  const settings: GatewaySettings = {
    auth: { mode: "token", token },
    basePath: product === "openclaw" ? `/i/${id}` : "",
    allowedOrigins: allowedOrigins(subdomain),
    trustedProxies: [],
    model: product === "demo" ? null : model,
  };
  const build = program.kind === "installed" ? program.version : "";
  return {
    spec: { id, ownerId, product, settings, revision: revisionOf(product, settings, build) },
    authToken: token,
  };
}
