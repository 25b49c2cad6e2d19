import type { FakeGateway } from "@automna/testing";
import type { ReactElement } from "react";

import { AutomnaChat, type ChatRuntime } from "../../src/index.ts";

/** A fake gateway that is broken by hand; write while it is away, and see the message go out once. */
export function BreakingGateway({
  gateway,
  runtime,
}: {
  readonly gateway: FakeGateway;
  readonly runtime: ChatRuntime;
}): ReactElement {
  return (
    <>
      <p>
        <button type="button" onClick={() => gateway.dropAll()}>
          Break the connection
        </button>
        <button type="button" onClick={() => gateway.restart({ downMs: 3_000 })}>
          Restart the gateway
        </button>
        <button type="button" onClick={() => gateway.receiveMessage("agent:main:main", "Hello from a phone")}>
          Write from elsewhere
        </button>
      </p>
      <AutomnaChat runtime={runtime} style={{ height: "24rem" }} />
    </>
  );
}
