import { newGatewayToken, revisionOf } from "../../src/index.ts";
import type { GatewaySettings, InstanceSpec } from "../../src/index.ts";

export function settingsWith(change: Partial<GatewaySettings> = {}): GatewaySettings {
  return {
    auth: { mode: "token", token: newGatewayToken() },
    basePath: "",
    allowedOrigins: ["http://localhost:3001"],
    trustedProxies: [],
    model: null,
    ...change,
  };
}

export function specWith(change: Partial<Omit<InstanceSpec, "revision">> = {}): InstanceSpec {
  const product = change.product ?? "demo";
  const settings = change.settings ?? settingsWith();
  return {
    id: "0123456789abcdef01234567",
    ownerId: "user-1",
    ...change,
    product,
    settings,
    revision: revisionOf(product, settings),
  };
}

export function tokenOf(spec: InstanceSpec): string {
  if (spec.settings.auth.mode !== "token") throw new Error("This instance has no token.");
  return spec.settings.auth.token;
}
