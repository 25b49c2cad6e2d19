import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { differences } from "./replay/compare.ts";
import { knownDifferences } from "./replay/known-differences.ts";
import { readRecording, recordingNames } from "./replay/recording.ts";
import { replay } from "./replay/replay.ts";
import type { ReplayOptions } from "./replay/replay.ts";
import { objectAt } from "../src/json.ts";
import type { JsonObject } from "../src/json.ts";

/** Where the recorded gateway was slow in a way that decided what happened. */
const pace: Readonly<Record<string, ReplayOptions>> = {
  "clawdbot/disconnect-before-ack": { timing: { responseMs: 20 } },
  "clawdbot/kill-before-persist": { timing: { prepareMs: 100 } },
  "openclaw/chat-idempotency": { timing: { prepareMs: 500 } },
  "openclaw/disconnect-before-ack": { timing: { responseMs: 20, prepareMs: 90, persistMs: 150 } },
  "openclaw/kill-before-persist": { timing: { prepareMs: 200, persistMs: 1000 } },
};

/** Recordings of version 4 made after somebody had read the catalogue. */
const catalogueRead = new Set([
  "abort-after-reconnect",
  "chat-cut",
  "chat-error-400",
  "chat-error-429",
  "chat-error-500",
  "disconnect-before-ack",
  "disconnect-midrun",
  "disconnect-run-ends-offline",
  "scopes",
]);

const used = new Set<string>();

for (const product of ["clawdbot", "openclaw"] as const) {
  for (const scenario of recordingNames(product)) {
    test(`the fake answers the client of the recording ${product}/${scenario} as ${product} did`, async () => {
      const recording = readRecording(product, scenario);
      const warm = product === "openclaw" && catalogueRead.has(scenario);
      const replayed = await replay(recording, { ...pace[recording.name], catalogueRead: warm });
      const found = differences(recording, replayed);
      const unknown = found.filter((text) => {
        const known = knownDifferences.find(({ match }) => match.test(text));
        if (known) used.add(known.reason);
        return !known;
      });
      expect(unknown).toEqual([]);
    });
  }
}

test("every known difference still exists", () => {
  expect(knownDifferences.map(({ reason }) => reason).filter((reason) => !used.has(reason))).toEqual([]);
});

test("the README lists every known difference", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(knownDifferences.map(({ reason }) => reason).filter((reason) => !readme.includes(reason))).toEqual(
    [],
  );
});

/** What each `chat.history` said about whether its session has news. */
function newsIn(frames: readonly JsonObject[]): boolean[] {
  return frames.flatMap((frame) => {
    const unread = objectAt(objectAt(frame, "payload") ?? {}, "sessionInfo")?.["unread"];
    return typeof unread === "boolean" ? [unread] : [];
  });
}

test.each(["chat-basic", "chat-think", "chat-concurrent", "x-key-aliases", "x-mid-run-second-turn"])(
  "a session has news in the fake when it had in the recording openclaw/%s",
  async (scenario) => {
    const recording = readRecording("openclaw", scenario);
    const replayed = await replay(recording, pace[recording.name] ?? {});
    const real = recording.lines.flatMap((line) => (line.kind === "in" ? [line.frame] : []));
    const fake = [...replayed.values()].flatMap(({ frames }) => frames);
    expect(newsIn(real)).not.toEqual([]);
    expect(newsIn(fake)).toEqual(newsIn(real));
  },
);
