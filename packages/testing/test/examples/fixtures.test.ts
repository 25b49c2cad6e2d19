import { createFakeGateway, demoModel, virtualClock } from "@automna/testing";
import type { FakeGateway } from "@automna/testing";
import { expect, test } from "vitest";

function busyGateway(): FakeGateway {
  const gateway = createFakeGateway({ clock: virtualClock(Date.UTC(2026, 0, 5)), model: demoModel });
  gateway.seedSession("agent:main:main", [{ user: "Hi", assistant: "Hello!" }]);
  const turns = Array.from({ length: 500 }, (_, n) => ({ user: `Day ${n}?`, assistant: `Day ${n}.` }));
  gateway.seedSession("agent:main:long", turns, { label: "A long talk" });
  gateway.injectNote("agent:main:main", "The nightly report is ready.");
  gateway.requestApproval({ sessionKey: "agent:main:main", command: "rm -r ./build" });
  return gateway;
}

test("a fixture is a gateway that has conversations already", () => {
  const gateway = busyGateway();
  expect(gateway.sessionKeys()).toEqual(["agent:main:main", "agent:main:long"]);
  expect(gateway.transcript("agent:main:long")).toHaveLength(1000);
  expect(gateway.transcript("agent:main:main").at(-1)?.text).toContain("nightly report");
  gateway.close();
});
