import { createFakeGateway, demoModel } from "@automna/testing";
import { gatewayHandlers } from "@automna/testing/msw";
import { setupServer } from "msw/node";
import { expect, test } from "vitest";

test("msw answers for the gateway, in Node and in Storybook", async () => {
  const gateway = createFakeGateway({ protocol: 4, model: demoModel });
  const server = setupServer(...gatewayHandlers(gateway, { url: "wss://gateway.test/*" }));
  server.listen();
  expect((await fetch("https://gateway.test/readyz")).status).toBe(200);
  server.close();
  gateway.close();
});
