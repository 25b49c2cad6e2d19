import { createFakeGateway } from "@automna/testing";
import { startFakeGatewayServer } from "@automna/testing/ws";
import { expect, test } from "vitest";

test("the gateway listens on a real port", async () => {
  const gateway = createFakeGateway({ protocol: 3 });
  const server = await startFakeGatewayServer(gateway); // server.url: ws://127.0.0.1:<free port>
  expect((await fetch(server.httpUrl)).status).toBe(200);
  await server.close();
  gateway.close();
});
