import { expect } from "vitest";

import { messageText, selectMessages, type ChatState, type Message } from "../src/index.ts";
import { SESSION, type ChatRig } from "./chat-rig.ts";
import { gatewayTexts, OTHER, type Course } from "./trace-course.ts";
import { SENTENCE, WHOLE_HISTORY } from "./trace-steps.ts";

/** What the client shows as stored. Of a stopped reply it may show more than the gateway kept. */
function clientTexts(rig: ChatRig): string[] {
  const { settled } = rig.chat.getState().transcript;
  return rig
    .messages()
    .map((message) => settled[message.id] ?? message)
    .filter(({ stored }) => stored)
    .flatMap(({ role, parts }) =>
      parts.flatMap((part) => (part.type === "text" ? `${role}: ${part.text}` : [])),
    );
}

/** The names under which a message must be found again: the gateway's rows, and the send that it came from. */
function namesOf({ sendId, rowIds }: Message): string[] {
  return [...(sendId === undefined ? [] : [`send ${sendId}`]), ...(rowIds ?? []).slice(0, 1)];
}

/** How often each sentence of the model is seen. */
function sentencesOfMessages() {
  const known = new WeakMap<Message, readonly RegExpExecArray[]>();
  const sentencesOf = ({ parts }: Message) =>
    parts.flatMap((part) => (part.type === "text" ? [...part.text.matchAll(SENTENCE)] : []));
  return (messages: readonly Message[]) => {
    const seen = new Map<string, { readonly times: number; readonly name: string }>();
    for (const message of messages) {
      const found = known.get(message) ?? sentencesOf(message);
      known.set(message, found);
      for (const [sentence, name = ""] of found)
        seen.set(sentence, { times: (seen.get(sentence)?.times ?? 0) + 1, name });
    }
    return seen;
  };
}

interface Watched {
  readonly pageSize: number;
  readonly calls: ReadonlyMap<string, number>;
  readonly emptied: readonly string[];
}

/**
 * What must hold at every single moment, whatever happened before. Where more is written than a page holds before the
 * next look, what was there goes; when the person looks back it is there again, and may have another key.
 */
export function watch(rig: ChatRig, problems: string[], { pageSize, calls, emptied }: Watched): () => void {
  const keys = new Map<string, string>();
  const sentences = sentencesOfMessages();
  const seen = new WeakSet<Message>();
  let sessionKey = "";
  const check = (state: ChatState) => {
    if (state.sessionKey !== sessionKey) keys.clear();
    sessionKey = state.sessionKey;
    const { order } = state.transcript;
    if (new Set(order).size !== order.length) problems.push(`a message is shown twice: ${order.join(", ")}`);
    const messages = selectMessages(state);
    if (messages.length !== order.length) problems.push("the order names a message that is not there");
    // Rows of version 3 do not say which run wrote them: one may be shown beside it until the run's end is known.
    if (rig.gateway.protocol === 4) {
      for (const [sentence, { times, name }] of sentences(messages)) {
        if (times <= (calls.get(name) ?? 0)) continue;
        // Of a stopped run it may keep twice what was said before a tool.
        const texts = [...emptied, ...gatewayTexts(rig.gateway, sessionKey)];
        const kept = texts.join("\n").split(sentence).length - 1;
        if (times > kept) problems.push(`"${sentence}" is shown ${times} times`);
      }
    }
    if (pageSize !== WHOLE_HISTORY) {
      const shown = new Set(messages.flatMap(namesOf));
      for (const name of keys.keys()) if (!shown.has(name)) keys.delete(name);
    }
    for (const message of messages) {
      if (seen.has(message)) continue;
      seen.add(message);
      for (const name of namesOf(message)) {
        const former = keys.get(name);
        if (former !== undefined && former !== message.id)
          problems.push(`${name} was ${former} and is now ${message.id}`);
        keys.set(name, message.id);
      }
    }
  };
  let former: ChatState["transcript"] | null = null;
  return rig.chat.subscribe((state) => {
    if (state.transcript === former) return;
    former = state.transcript;
    check(state);
  });
}

/** Looks back until nothing is older. */
async function readBack(rig: ChatRig): Promise<void> {
  const hasOlder = () => {
    const { history } = rig.chat.getState();
    return history.status === "ready" && history.hasOlder;
  };
  for (let pages = 0; hasOlder() && pages < 100; pages += 1) {
    const loading = rig.chat.actions.loadOlder();
    await rig.clock.advanceAsync(1_000);
    await loading;
  }
  expect(hasOlder(), "the beginning is reached").toBe(false);
}

/** Opens a session, waits until it is quiet, and compares it with the gateway's. */
export async function compare(rig: ChatRig, sessionKey: string): Promise<Message[]> {
  rig.chat.actions.switchSession(sessionKey);
  expect(await rig.quiet(900_000), `${sessionKey} comes to rest`).toBe(true);
  await rig.clock.advanceAsync(5_000);
  expect(await rig.quiet(900_000), `${sessionKey} stays at rest`).toBe(true);
  await readBack(rig);
  expect(clientTexts(rig)).toEqual(gatewayTexts(rig.gateway, sessionKey));
  // A stopped or failed reply may be nowhere but on the screen; any other is the gateway's.
  const leftOver = rig.messages().filter(({ role, stored }) => role === "assistant" && !stored);
  expect(leftOver.filter(({ status }) => status !== "aborted" && status !== "error")).toEqual([]);
  for (const [index, { runId, stored }] of rig.messages().entries()) {
    const question = stored
      ? -1
      : rig.messages().findIndex(({ sendId }) => sendId === runId && sendId !== undefined);
    expect(question, "what is left over of a reply is below its question").toBeLessThan(index);
  }
  return rig.messages();
}

/** Each send ran once and is stored once, or is still on the screen. */
export function checkSends(
  { rig, sends, withdrawn, repeated, deaths }: Course,
  shown: readonly Message[],
): void {
  const stored = [SESSION, OTHER].flatMap((key) => gatewayTexts(rig.gateway, key));
  const starts = Map.groupBy(rig.gateway.runsStarted, (runId) => runId);
  const pending = new Set(shown.filter((message) => !message.stored).map(messageText));
  for (const [sendId, text] of sends) {
    const copies = stored.filter((line) => line === `user: ${text}`).length;
    const wishes = 1 + repeated.filter((other) => other === text).length;
    expect(copies, `"${text}" is stored once at most`).toBeLessThanOrEqual(wishes);
    const isKept = copies > 0 || pending.has(text) || withdrawn.has(sendId);
    expect(isKept, `"${text}" is stored or on the screen`).toBe(true);
    // Whoever dies before storing it has to be asked again.
    expect(starts.get(sendId)?.length ?? 0, `runs of "${text}"`).toBeLessThanOrEqual(wishes + deaths);
  }
}
