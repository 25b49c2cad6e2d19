import { ROUTER_HOST } from "@automna/control-plane";
import type { Config } from "../config.ts";

/** What every gateway is given of the app's environment. Proxies are for the world: the model relay is asked past them. */
export function gatewayEnvironment({
  gatewayEnvironment: given,
  driver,
  metering,
}: Pick<Config, "gatewayEnvironment" | "driver" | "metering">): Config["gatewayEnvironment"] {
  const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = given;
  if (!HTTP_PROXY && !HTTPS_PROXY) return given;
  const { url } = metering.relay;
  const here = driver === "process" ? "127.0.0.1" : ROUTER_HOST;
  const relay = url === null ? here : new URL(url).hostname;
  return { ...given, NO_PROXY: NO_PROXY ? `${NO_PROXY},${relay}` : relay };
}
