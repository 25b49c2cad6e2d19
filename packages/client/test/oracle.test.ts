import { readdirSync, readFileSync } from "node:fs";

import { parseChatEvent, parseHistory } from "@automna/protocol";
import {
  createSessionProjection,
  reduceSessionProjection,
  reduceSessionProjectionRunEvent,
} from "@openclaw/gateway-client/browser";
import { expect, test } from "vitest";

import { selectMessages } from "../src/index.ts";
import { activeRuns, emptyProjection, type Projection } from "../src/projection-state.ts";
import { reduceProjection } from "../src/projection.ts";
import { textsOfMessages, textsOfRows } from "./oracle-witness.ts";

/** The gateway makers' own projection, as a second opinion on what they define: version 4, runs and stored rows. */
interface Capture {
  readonly scenario: string;
  readonly protocol: number;
  readonly sessionKey: string;
  readonly steps: readonly { readonly chat?: Record<string, unknown>; readonly drop?: true }[];
  readonly history: { readonly messages: readonly unknown[] };
}

const folder = new URL("fixtures/", import.meta.url);
const captures = readdirSync(folder)
  .filter((name) => name.startsWith("openclaw-"))
  .map((name): Capture => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Capture);

function historyEvent(messages: readonly unknown[], requestedAt: number) {
  const parsed = parseHistory({ sessionKey: "x", messages });
  if (!parsed.ok) throw new Error(parsed.reason);
  const none = new Set<string>();
  return {
    type: "history-loaded",
    requestedAt,
    snapshot: {
      rows: parsed.value.messages,
      olderFrom: null,
      inFlight: null,
      activeRunIds: [],
      sendOfRow: new Map<number, string>(),
      foundSends: none,
      unreachedSends: none,
      provedByWords: [],
      userRows: [],
      heldSends: none,
    },
  } as const;
}

test.each(captures.map((capture) => [capture.scenario, capture] as const))(
  "%s: the same runs go on and end at the same events, and the same rows are left",
  (_scenario, capture) => {
    const { sessionKey } = capture;
    let theirs = createSessionProjection({ sessionKey });
    let ours: Projection = reduceProjection(emptyProjection(4), historyEvent([], 0));
    for (const { chat, drop } of capture.steps) {
      if (drop) {
        theirs = reduceSessionProjection(theirs, { type: "reconnected", sessionKey });
        ours = reduceProjection(ours, { type: "connected", protocol: 4, sameBoot: true });
      }
      if (chat === undefined) continue;
      theirs = reduceSessionProjectionRunEvent(theirs, chat, { sessionKey })?.projection ?? theirs;
      const parsed = parseChatEvent(chat);
      if (!parsed.ok) throw new Error(parsed.reason);
      ours = reduceProjection(ours, { type: "chat", event: parsed.value });
      const { runId, state } = parsed.value;
      // Theirs begins a run with its first text, ours with its first sign of life.
      if (state === "status") continue;
      const isTheirs = theirs.runs[runId]?.status === "streaming";
      expect(activeRuns(ours).some((run) => run.runId === runId)).toBe(isTheirs);
    }
    theirs = reduceSessionProjection(theirs, {
      type: "snapshotLoaded",
      sessionKey,
      messages: capture.history.messages,
    });
    ours = reduceProjection(ours, historyEvent(capture.history.messages, Number.MAX_SAFE_INTEGER));
    const shown = textsOfMessages(selectMessages(ours));
    expect(shown).toEqual(textsOfRows(theirs.messages));
  },
);
