import type { AddressInfo } from "node:net";
import { createFakeGateway, type FakeGateway } from "@automna/testing";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

/** A gateway on somebody's own machine, to which everybody else's is a remote one. */
export interface GatewayElsewhere {
  readonly url: string;
  readonly token: string;
  readonly gateway: FakeGateway;
  /** How many sockets have been opened to it. */
  readonly knocks: () => number;
  /** From then on nobody listens there. */
  close(): Promise<void>;
}

export async function startGatewayElsewhere(): Promise<GatewayElsewhere> {
  const token = "the-token-of-the-gateway-elsewhere";
  const gateway = createFakeGateway({ protocol: 4, auth: { mode: "token", token }, pairing: "ask" });
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  let knocks = 0;
  server.on("connection", (socket) => {
    knocks += 1;
    const peer = gateway.connect({
      address: "203.0.113.9",
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    });
    socket.on("message", (data: Buffer) => peer?.receive(data.toString()));
    socket.on("close", (code) => peer?.closed(code));
  });
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    gateway.close();
  };
  onTestFinished(close);
  return { url: `ws://127.0.0.1:${port}`, token, gateway, knocks: () => knocks, close };
}
