import type { BootIdentity } from "@automna/protocol";
import { describe, expect, test } from "vitest";

import { dialectV3 } from "../src/dialect-v3.ts";
import { dialectV4 } from "../src/dialect-v4.ts";
import type { OutboxEntry } from "../src/index.ts";
import { MAX_ATTEMPTS, nextToSend, settleOutbox, type SettleFacts } from "../src/outbox.ts";

const BOOT: BootIdentity = { kind: "id", bootId: "boot-1" };
const OTHER: BootIdentity = { kind: "id", bootId: "boot-2" };
const NOW = 1_000_000;

function entry(change: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    sendId: "k1",
    sessionKey: "agent:main:main",
    text: "hi",
    attachments: [],
    state: "acked",
    createdAt: NOW - 60_000,
    attempts: 1,
    boot: BOOT,
    sentAt: NOW - 60_000,
    ...change,
  };
}

function facts(change: Partial<SettleFacts> = {}): SettleFacts {
  const none = new Set<string>();
  return {
    dialect: dialectV4,
    boot: BOOT,
    now: NOW,
    found: none,
    held: none,
    answered: none,
    unreached: none,
    onWire: none,
    carried: none,
    isBusy: false,
    ...change,
  };
}

const K1 = new Set(["k1"]);

describe("what happens to a send once the history is known", () => {
  const rows: [string, Partial<OutboxEntry>, Partial<SettleFacts>, string | null][] = [
    ["found: it leaves the outbox", {}, { found: K1 }, "seen"],
    [
      "found and answered after a crash: it leaves the outbox",
      {},
      { found: K1, answered: K1, boot: OTHER, dialect: dialectV3 },
      "seen",
    ],
    [
      "found without an answer after a crash, version 3: interrupted",
      {},
      { found: K1, boot: OTHER, dialect: dialectV3 },
      "interrupted",
    ],
    [
      "found while its run goes on, version 3: it stays, because only it can tell of a crash",
      {},
      { found: K1, isBusy: true, dialect: dialectV3 },
      null,
    ],
    [
      "found a moment ago and its run not heard of yet, version 3: it stays",
      { sentAt: NOW - 1_000 },
      { found: K1, dialect: dialectV3 },
      null,
    ],
    [
      "found, unanswered and nothing runs any more, version 3: it leaves the outbox",
      {},
      { found: K1, dialect: dialectV3 },
      "seen",
    ],
    [
      "found and its run was seen ending, version 3: it leaves the outbox",
      { runEnded: true },
      { found: K1, isBusy: true, dialect: dialectV3 },
      "seen",
    ],
    [
      "found without an answer after a crash, version 4: it resumes by itself",
      {},
      { found: K1, boot: OTHER },
      "seen",
    ],
    ["killed before the ack, same boot: the same key again", { state: "sending" }, {}, "send"],
    ["killed after the ack, same boot: the same key again", {}, {}, "send"],
    ["killed after the ack, other boot, version 4: once more", {}, { boot: OTHER }, "send"],
    [
      "killed after the ack, other boot, version 3: once more",
      {},
      { boot: OTHER, dialect: dialectV3 },
      "send",
    ],
    [
      "its run was seen ending, version 3 keeps no row: settled",
      { runEnded: true },
      { dialect: dialectV3 },
      "settled",
    ],
    [
      "its run was seen ending and version 4 has no row: the person decides",
      { runEnded: true },
      {},
      "unconfirmed",
    ],
    [
      "it waits behind a running run: nothing yet",
      { runEnded: true, queuedBehind: true },
      { isBusy: true, dialect: dialectV3 },
      null,
    ],
    [
      "it waited behind a run of a gateway that died: the person decides",
      { runEnded: true, queuedBehind: true },
      { boot: OTHER, dialect: dialectV3 },
      "unconfirmed",
    ],
    [
      "only an answer told of its end, so it may wait behind a running run: nothing yet, version 3",
      { runEnded: true, endUnseen: true },
      { isBusy: true, dialect: dialectV3 },
      null,
    ],
    [
      "only an answer told of its end, and the gateway died: the person decides, version 3",
      { runEnded: true, endUnseen: true },
      { boot: OTHER, dialect: dialectV3 },
      "unconfirmed",
    ],
    [
      "only an answer told of its end, and nothing runs: it left no row, version 3",
      { runEnded: true, endUnseen: true },
      { dialect: dialectV3 },
      "settled",
    ],
    [
      "stopped, and the gateway that comes back kept nothing of it: the person decides, version 3",
      { stopWanted: true },
      { boot: OTHER, dialect: dialectV3 },
      "unconfirmed",
    ],
    [
      "stopped, and the gateway that comes back kept nothing of it: the person decides, version 4",
      { stopWanted: true },
      { boot: OTHER },
      "unconfirmed",
    ],
    [
      "stopped, and the gateway knew of no run: it may wait behind a running one",
      { stopWanted: true },
      { isBusy: true, dialect: dialectV3 },
      null,
    ],
    [
      "stopped, and the gateway knows of nothing: the person decides",
      { stopWanted: true },
      { dialect: dialectV3 },
      "unconfirmed",
    ],
    [
      "stopped while it was to be sent again: the person decides",
      { state: "queued", stopWanted: true },
      {},
      "unconfirmed",
    ],
    [
      "stopped, found and without an answer after a crash: nobody waits for one",
      { stopWanted: true },
      { found: K1, boot: OTHER, dialect: dialectV3 },
      "seen",
    ],
    ["the gateway holds it without a row: nothing yet", {}, { held: K1 }, null],
    ["on the wire right now: nothing yet", { state: "sending" }, { onWire: K1 }, null],
    [
      "acknowledged a moment ago on this connection: nothing yet",
      { sentAt: NOW - 1_000 },
      { carried: K1 },
      null,
    ],
    [
      "acknowledged a moment ago on a connection that is gone: the same key again",
      { sentAt: NOW - 1_000 },
      {},
      "send",
    ],
    [
      "version 3 has forgotten the key: the person decides",
      { sentAt: NOW - 400_000 },
      { dialect: dialectV3 },
      "unconfirmed",
    ],
    ["version 4 never forgets a key: the same key again", { sentAt: NOW - 400_000 }, {}, "send"],
    ["tried often enough: the person decides", { attempts: MAX_ATTEMPTS }, {}, "unconfirmed"],
    [
      "not found where the look could not reach, other boot: the person decides",
      {},
      { unreached: K1, boot: OTHER },
      "unconfirmed",
    ],
    [
      "not found where the look could not reach, same boot: the same key again",
      {},
      { unreached: K1 },
      "send",
    ],
    [
      "on its way once more when the gateway died, and not found where the look could not reach: the person decides",
      { state: "queued" },
      { unreached: K1, boot: OTHER },
      "unconfirmed",
    ],
    ["never sent: it goes", { state: "queued", attempts: 0, boot: null, sentAt: 0 }, {}, "send"],
    ["refused: it stays for the person", { state: "failed" }, {}, null],
    ["undecided but found after all: it leaves the outbox", { state: "unconfirmed" }, { found: K1 }, "seen"],
  ];
  test.each(rows)("%s", (_name, change, known, expected) => {
    const [action] = settleOutbox([entry(change)], facts(known));
    expect(action?.do ?? null).toBe(expected);
  });

  test("nothing is sent past an entry that is undecided", () => {
    const entries = [
      entry({ state: "unconfirmed" }),
      entry({ sendId: "k2", state: "queued", attempts: 0, boot: null }),
    ];
    expect(settleOutbox(entries, facts())).toEqual([]);
  });
});

describe("the next send", () => {
  test("goes out in order, one at a time", () => {
    const queued = entry({ sendId: "k2", state: "queued" });
    expect(nextToSend([entry(), queued])?.sendId).toBe("k2");
    expect(nextToSend([entry({ state: "sending" }), queued])).toBeNull();
    expect(nextToSend([entry({ state: "unconfirmed" }), queued])).toBeNull();
    expect(nextToSend([entry({ state: "failed" }), queued])?.sendId).toBe("k2");
  });
});
