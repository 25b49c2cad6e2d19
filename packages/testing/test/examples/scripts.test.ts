import { createFakeGateway, say, think, tool } from "@automna/testing";
import type { Model } from "@automna/testing";
import { expect, test } from "vitest";

const model: Model = (call) =>
  call.message.includes("weather")
    ? [
        ...think(["I need a tool for this. "]),
        ...say("Let me look."),
        tool("exec", { command: "curl wttr.in" }, "Sunny, 21 °C", { ms: 300, needsApproval: true }),
        ...say("It is **sunny**, 21 °C."),
      ]
    : [{ do: "fail", status: 429, failures: 2 }, ...say("The third try worked.")];

test("a script is what the model does in one turn", () => {
  const gateway = createFakeGateway({ protocol: 4, model });
  gateway.seedSession("agent:main:main", [{ user: "Hi", assistant: "Hello!" }], { label: "Old talk" });
  expect(gateway.transcript("agent:main:main").map((row) => row.text)).toEqual(["Hi", "Hello!"]);
  gateway.close();
});
