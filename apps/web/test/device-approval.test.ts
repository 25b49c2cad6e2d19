import { CHAT_SCOPES } from "@automna/protocol";
import { expect, test } from "vitest";
import { isForChat } from "../src/server/device-approval.ts";

const scopes = [...CHAT_SCOPES];

test("a device that asks to chat is let in, by whichever name it gives its role", () => {
  const asked = [
    { scopes },
    { role: "operator", scopes },
    { roles: ["operator"], scopes: ["operator.read"] },
  ];
  for (const device of asked)
    expect([device, isForChat({ requestId: "r", ...device })]).toEqual([device, true]);
});

test("a device that asks for another role, for more, or does not say for what, is not", () => {
  const asked = [
    { role: "node", scopes },
    { role: "operator", roles: ["operator", "node"], scopes },
    { roles: ["node"], scopes },
    { scopes: [...scopes, "operator.admin"] },
    { scopes: [] },
    {},
  ];
  for (const device of asked)
    expect([device, isForChat({ requestId: "r", ...device })]).toEqual([device, false]);
});
