import { readdirSync, readFileSync } from "node:fs";

import {
  parseAgentEvent,
  parseChatEvent,
  parseHistory,
  textOf,
  type ProtocolVersion,
} from "@automna/protocol";
import { describe, expect, test } from "vitest";

import { selectMessages, type Message } from "../src/index.ts";
import { activeRuns, emptyProjection, type ProjectionEvent } from "../src/projection-state.ts";
import { reduceProjection } from "../src/projection.ts";
import { isInternalRow } from "../src/stored-rows.ts";

/** What one connection to a real gateway received in one session, then what that gateway's history said. */
interface Capture {
  readonly product: string;
  readonly scenario: string;
  readonly protocol: ProtocolVersion;
  readonly steps: readonly {
    readonly send?: string;
    readonly text?: string;
    readonly chat?: unknown;
    readonly agent?: unknown;
    readonly drop?: true;
  }[];
  readonly history: unknown;
}

const folder = new URL("fixtures/", import.meta.url);
const captures = readdirSync(folder).map(
  (name): Capture => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Capture,
);

function eventsOf({ protocol, steps }: Capture): ProjectionEvent[] {
  return steps.flatMap((step): ProjectionEvent[] => {
    if (step.drop) return [{ type: "connected", protocol, sameBoot: true }];
    if (step.chat !== undefined) {
      const parsed = parseChatEvent(step.chat);
      if (!parsed.ok) throw new Error(parsed.reason);
      return [{ type: "chat", event: parsed.value }];
    }
    if (step.agent === undefined) return [];
    const parsed = parseAgentEvent(step.agent);
    if (!parsed.ok) throw new Error(parsed.reason);
    return [{ type: "agent", event: parsed.value }];
  });
}

function historyOf(capture: Capture) {
  const parsed = parseHistory(capture.history);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function snapshotEvent(
  capture: Capture,
  rows = historyOf(capture).messages,
  requestedAt = Number.MAX_SAFE_INTEGER,
) {
  return {
    type: "history-loaded",
    requestedAt,
    snapshot: {
      rows,
      olderFrom: null,
      inFlight: null,
      activeRunIds: capture.protocol === 4 ? [] : null,
      sendOfRow: new Map<number, string>(),
      foundSends: new Set<string>(),
      unreachedSends: new Set<string>(),
      provedByWords: [],
      userRows: [],
      heldSends: new Set<string>(),
    },
  } satisfies ProjectionEvent;
}

function shown(messages: readonly Message[]): string[] {
  return messages.flatMap(({ role, parts }) =>
    parts.flatMap((part) => (part.type === "text" && part.text !== "" ? `${role}: ${part.text}` : [])),
  );
}

describe.each(captures.map((capture) => [`${capture.product}, ${capture.scenario}`, capture] as const))(
  "%s",
  (_name, capture) => {
    test("who watched from the start and then read the history shows exactly the history", () => {
      const expected = historyOf(capture)
        .messages.filter((row) => (row.role === "user" || row.role === "assistant") && !isInternalRow(row))
        .flatMap((row) => (textOf(row) === "" ? [] : `${row.role}: ${textOf(row)}`));
      const events = [snapshotEvent(capture, [], 0), ...eventsOf(capture), snapshotEvent(capture)];
      const end = events.reduce(reduceProjection, emptyProjection(capture.protocol));
      expect(shown(selectMessages({ transcript: end.transcript }).filter(({ stored }) => stored))).toEqual(
        expected,
      );
    });

    test("no reply is left running, and none is left over", () => {
      const events = [
        snapshotEvent(capture, [], 0),
        ...eventsOf(capture),
        snapshotEvent(capture),
        { type: "history-final", requestedAt: Number.MAX_SAFE_INTEGER } as const,
      ];
      const end = events.reduce(reduceProjection, emptyProjection(capture.protocol));
      const leftOver = selectMessages({ transcript: end.transcript }).filter(({ stored }) => !stored);
      // What a stopped run of version 3 said is in no history; nothing else may be left over.
      expect(leftOver.filter(({ status }) => status !== "aborted")).toEqual([]);
      expect(activeRuns(end)).toEqual([]);
    });

    test("at every moment each message is shown once", () => {
      let projection = emptyProjection(capture.protocol);
      for (const event of [snapshotEvent(capture, [], 0), ...eventsOf(capture), snapshotEvent(capture)]) {
        projection = reduceProjection(projection, event);
        const { order } = projection.transcript;
        expect(new Set(order).size).toBe(order.length);
        expect(selectMessages(projection)).toHaveLength(order.length);
      }
    });
  },
);
