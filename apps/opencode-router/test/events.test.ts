import { expect, onTestFinished, test } from "vitest";

import { createEventLog } from "../src/event-log.ts";
import type { Backend, RegistryChange } from "../src/registry.ts";
import { startBackends, startTestRouter, stopServer } from "./support/backend.ts";

function change(slug: string): RegistryChange {
  const backend: Backend = {
    slug,
    name: slug,
    path: `/srv/${slug}`,
    port: 30_000,
    version: "1",
    ownerUid: 0,
    lastSeen: 0,
    answering: true,
  };
  return { kind: "added", backend };
}

test.each([
  ["nothing", undefined, "snapshot"],
  ["an id of another start", "other-1", "snapshot"],
  ["an id of the future", "epoch-9", "snapshot"],
  ["an id that is too old", "epoch-0", "snapshot"],
  ["no id at all", "epoch-", "snapshot"],
  ["the last id", "epoch-4", []],
  ["an id that is kept", "epoch-2", ["epoch-3", "epoch-4"]],
  ["the oldest id that can be followed", "epoch-1", ["epoch-2", "epoch-3", "epoch-4"]],
])("a listener that saw %s gets what it missed", (_what, id, expected) => {
  const log = createEventLog("epoch", 3);
  log.append(["a", "b", "c", "d"].map(change));
  const replay = log.since(id, []);
  expect(replay.kind === "snapshot" ? "snapshot" : replay.events.map((event) => event.id)).toEqual(expected);
});

interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** Reads events until one matches. */
async function readUntil(
  url: string,
  lastEventId: string | undefined,
  matches: (event: ReceivedEvent) => boolean,
): Promise<ReceivedEvent[]> {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const headers = lastEventId === undefined ? undefined : { "last-event-id": lastEventId };
  const response = await fetch(url, { signal: controller.signal, ...(headers ? { headers } : {}) });
  const events: ReceivedEvent[] = [];
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const event = { id: field("id"), event: field("event"), data: field("data") ?? "" };
      events.push(event);
      if (matches(event)) {
        controller.abort();
        return events;
      }
    }
  }
  return events;
}

test("a listener sees projects go, and one that was away gets exactly what it missed", async () => {
  const [backend] = await startBackends(["/srv/app"]);
  if (!backend) throw new Error("No backend.");
  const { origin } = await startTestRouter([backend], { staleAfterMs: 1 });
  const url = `${origin}/api/events`;
  const [snapshot] = await readUntil(url, undefined, (event) => event.event === "snapshot");
  expect(JSON.parse(snapshot?.data ?? "")).toMatchObject([{ slug: "app", url: `${origin}/app/` }]);
  const gone = readUntil(url, snapshot?.id, (event) => event.event === "removed");
  stopServer(backend.server);
  const live = (await gone).filter((event) => event.id !== undefined);
  expect(live.map((event) => event.event)).toEqual(["updated", "removed"]);
  const replayed = await readUntil(url, snapshot?.id, (event) => event.event === "removed");
  expect(replayed.filter((event) => event.id !== undefined)).toEqual(live);
});
