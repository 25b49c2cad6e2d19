import { webSocketTransport } from "@automna/client";
import { createFakeGateway, fakeWebSocket, say } from "@automna/testing";
import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";

import { AutomnaChat } from "../src/index.ts";

afterEach(cleanup);

test("a page with a chat is tested with the fake gateway in place of the socket", async () => {
  const gateway = createFakeGateway({ model: () => say("It opens at nine.") });
  const transport = webSocketTransport(fakeWebSocket(gateway));
  render(<AutomnaChat gatewayUrl="ws://gateway.test" authToken="test-token" transport={transport} />);

  await userEvent.type(screen.getByRole("textbox", { name: "Message" }), "When does it open?{Enter}");
  await screen.findByText("It opens at nine.");
  expect(gateway.runsStarted).toHaveLength(1);
  gateway.close();
});

test("the README shows that test", () => {
  const [, shown = ""] = /```tsx\n(import { webSocketTransport }.*?)```/s.exec(textOf("../README.md")) ?? [];
  const body = (source: string) =>
    /const gateway = createFakeGateway.*?gateway\.close\(\);/s.exec(source)?.[0];
  expect(body(shown)).toBe(body(textOf("fake-gateway.test.tsx")));
});

function textOf(file: string): string {
  return readFileSync(`${import.meta.dirname}/${file}`, "utf8");
}
