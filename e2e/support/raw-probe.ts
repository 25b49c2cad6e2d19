import type { Probe, ProbeResult } from "../../packages/control-plane/src/index.ts";
import { BACKEND_CLIENT, RawGatewayError, RawHttpRefusal, connectRaw } from "./raw-gateway.ts";

/** Proves a token-mode gateway on loopback ready: the tooling identity needs neither device nor Origin there. */
export const rawProbe: Probe = async ({ url, auth }): Promise<ProbeResult> => {
  if (auth.mode !== "token")
    return { status: "refused", code: "probe", message: "This probe has a token only." };
  try {
    const { gateway, hello } = await connectRaw(url, { token: auth.token, client: BACKEND_CLIENT });
    await gateway.close();
    const { version } = hello["server"] as { version?: string };
    return { status: "ready", protocol: Number(hello["protocol"]), version: version ?? "" };
  } catch (error) {
    if (error instanceof RawGatewayError && error.code === "UNAVAILABLE") {
      return { status: "starting", retryAfterMs: error.retryAfterMs ?? 500 };
    }
    if (error instanceof RawGatewayError || error instanceof RawHttpRefusal) {
      return { status: "refused", code: error.name, message: error.message };
    }
    return { status: "unreachable", reason: error instanceof Error ? error.message : String(error) };
  }
};
