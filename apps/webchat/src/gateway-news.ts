import { connectionSentence, type ConnectionState } from "@automna/client";

/** What became of the connection to the gateway. */
export interface GatewayNews {
  readonly kind: "gateway";
  readonly status: ConnectionState["status"];
  readonly sentence?: string;
}

/**
 * Puts the states of one connection into words. A connection that never was cannot be lost: until the first one the
 * address itself may be wrong.
 *
 * @param url the gateway's; only host and port are told
 */
export function createGatewayNews(url: string): (state: ConnectionState) => GatewayNews {
  const { host } = new URL(url);
  const unreached = `No gateway answers at ${host}. Check that it runs there, or give its address with --gateway. Trying again.`;
  let wasReached = false;
  return (state) => {
    wasReached ||= state.status === "ready";
    const isUnreached = !wasReached && state.status === "waiting" && state.reason.code === "connection-lost";
    const sentence = isUnreached ? unreached : connectionSentence(state);
    return { kind: "gateway", status: state.status, ...(sentence !== "" && { sentence }) };
  };
}
