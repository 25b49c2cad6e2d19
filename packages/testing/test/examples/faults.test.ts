import { createFakeGateway, virtualClock, words } from "@automna/testing";
import { expect, test } from "vitest";

test("faults are armed before they happen", () => {
  const gateway = createFakeGateway({ clock: virtualClock(), model: () => words(50, 20) });

  // The connection breaks right after the third delta of the answer.
  gateway.inject({ type: "drop", at: "after", nth: 3, match: { event: "chat", state: "delta" } });
  // The message arrives, its acknowledgement does not.
  gateway.inject({ type: "drop", at: "before", match: { method: "chat.send" } });
  // One delta is lost, so that the sequence numbers have a gap.
  gateway.inject({ type: "skip", nth: 5, match: { event: "chat", state: "delta" } });
  // The process dies when it has sent the final, and is back after two seconds.
  const kill = gateway.inject({ type: "kill", at: "after", downMs: 2000, match: { state: "final" } });

  gateway.slow("chat.history", 3000); // every history answer takes three seconds
  gateway.setPairing("ask"); // unknown devices wait for gateway.pairing.approve()
  gateway.rotateToken("a-new-token"); // the old one is refused from now on

  expect(kill.fired).toBe(0);
  gateway.close();
});
