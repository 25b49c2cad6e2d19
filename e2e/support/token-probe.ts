import type { Page } from "playwright";
import { WebSocket } from "ws";

/** What the app tells the owner of a gateway that wants its token. */
export interface TokenGateway {
  readonly gatewayUrl: string;
  readonly authToken: string;
}

/** Asks the app as the page itself would. */
export const askApp = <T>(page: Page, path: string, method = "GET"): Promise<T> =>
  page.evaluate(async ([address, verb]) => (await fetch(address, { method: verb })).json() as Promise<T>, [
    path,
    method,
  ] as const);

/** Whether a handshake through the router with this token succeeds; null when there is no gateway to ask. */
export function lets(origin: string, { gatewayUrl, authToken }: TokenGateway): Promise<boolean | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(gatewayUrl, { origin });
    const end = (answer: boolean | null) => {
      resolve(answer);
      socket.terminate();
    };
    socket.on("error", () => end(null));
    socket.on("close", () => end(null));
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; ok?: boolean; event?: string };
      // The gateways wait for this; the demo takes it as well.
      if (frame.type === "event" && frame.event === "connect.challenge") socket.send(connectFrame(authToken));
      if (frame.type === "res") end(frame.ok === true);
    });
  });
}

function connectFrame(token: string): string {
  return JSON.stringify({
    type: "req",
    id: "1",
    method: "connect",
    params: {
      minProtocol: 3,
      maxProtocol: 4,
      client: { id: "gateway-client", mode: "backend", version: "0", platform: "node" },
      role: "operator",
      scopes: ["operator.read"],
      caps: [],
      auth: { token },
    },
  });
}
