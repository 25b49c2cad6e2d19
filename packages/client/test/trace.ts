import { say, think, tool, words, type FakeGateway, type Model, type Step } from "@automna/testing";
import fc from "fast-check";
import { expect } from "vitest";

import {
  messageText,
  selectMessages,
  type ChatState,
  type Message,
  type TransportFactory,
} from "../src/index.ts";
import { httpTransport } from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";
import { clockHttp, type ClockHttp, type PostFault } from "./clock-http.ts";

/** One step of a trace. */
type Action =
  | { do: "send"; script: number }
  | { do: "wait"; ms: number }
  | { do: "drop" }
  | { do: "freeze" }
  | { do: "restart"; downMs: number }
  | { do: "kill"; downMs: number }
  | { do: "skip" }
  | { do: "duplicate" }
  | { do: "delay"; ms: number }
  /** An answer comes after events that left the gateway behind it. */
  | { do: "overtake"; ms: number }
  | { do: "slow"; ms: number }
  | { do: "abort" }
  /** What waits for a decision is sent again, or given up. */
  | { do: "retry" }
  | { do: "discard" }
  /** The open session is emptied. */
  | { do: "reset" }
  | { do: "reload" }
  | { do: "wake" }
  | { do: "hide"; ms: number }
  | { do: "switch" }
  /** The person looks further back. */
  | { do: "older" }
  /** The token is worth nothing any more; `disconnect`: from now on, else from the next connect on. */
  | { do: "expire"; disconnect: boolean }
  | { do: "foreign"; script: number; elsewhere: boolean }
  /** The next post over HTTP. */
  | { do: "post"; fault: PostFault };

const OTHER = "agent:main:other";
/** Resetting wants it. */
const ADMIN = ["operator.admin"];

const SCRIPTS: readonly ((call: string) => Step[])[] = [
  () => words(8, 40),
  (name) => say(`A short answer to ${name}.`),
  (name) => [
    ...say(`Looking for ${name}. `),
    tool("exec", { command: "ls" }, "one two", { ms: 120, partial: ["one"] }),
    ...say(`Found it for ${name}.`),
  ],
  (name) => [...think(["Let me see. ", "Yes."]), ...say(`Thought about ${name}.`)],
  () => [{ do: "wait", ms: 800 }, ...words(3, 300)],
  () => [{ do: "fail", status: 400, message: "The model refuses." }],
];

/** What the scripts say as a whole, and for whom. */
const SENTENCE = /(?:A short answer to|Looking for|Found it for|Thought about) (\S+)\./g;

/** @param calls is told how often each name was answered: that often, and no more, may a sentence of its be seen */
function modelOf(calls: Map<string, number>): Model {
  return ({ message }) => {
    const [, script = 1, name = "nobody"] = /script(\d+) (\S+)/.exec(message) ?? [];
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return SCRIPTS[Number(script)]?.(name) ?? [];
  };
}

/** Version 3 tells boots apart by their start, to two seconds. */
const downMs = fc.integer({ min: 2_500, max: 6_000 });

function step<A extends Action>(weight: number, arbitrary: fc.Arbitrary<A>) {
  return { weight, arbitrary };
}

/** Any step. */
const steps = [
  step(6, fc.record({ do: fc.constant("send" as const), script: fc.nat(SCRIPTS.length - 1) })),
  step(8, fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2_500) })),
  step(2, fc.constant({ do: "drop" as const })),
  step(1, fc.constant({ do: "freeze" as const })),
  step(1, fc.record({ do: fc.constant("restart" as const), downMs })),
  step(1, fc.record({ do: fc.constant("kill" as const), downMs })),
  step(2, fc.constant({ do: "skip" as const })),
  step(1, fc.constant({ do: "duplicate" as const })),
  step(1, fc.record({ do: fc.constant("delay" as const), ms: fc.nat(2_000) })),
  step(1, fc.record({ do: fc.constant("overtake" as const), ms: fc.nat(1_500) })),
  step(1, fc.record({ do: fc.constant("slow" as const), ms: fc.nat(3_000) })),
  step(2, fc.constant({ do: "abort" as const })),
  step(2, fc.constant({ do: "retry" as const })),
  step(1, fc.constant({ do: "discard" as const })),
  step(1, fc.constant({ do: "reload" as const })),
  step(1, fc.constant({ do: "wake" as const })),
  step(1, fc.record({ do: fc.constant("hide" as const), ms: fc.nat(20_000) })),
  step(2, fc.constant({ do: "switch" as const })),
  step(2, fc.constant({ do: "older" as const })),
  step(1, fc.record({ do: fc.constant("expire" as const), disconnect: fc.boolean() })),
  step(1, fc.record({ do: fc.constant("foreign" as const), script: fc.nat(1), elsewhere: fc.boolean() })),
] as const;

const postFault: fc.Arbitrary<PostFault> = fc.oneof(
  fc.constant({ type: "lose-request" as const }),
  fc.constant({ type: "lose-answer" as const }),
  fc.record({ type: fc.constantFrom("hold" as const, "late" as const), ms: fc.nat(4_000) }),
);

const resetStep = step(2, fc.constant({ do: "reset" as const }));

const action: fc.Arbitrary<Action> = fc.oneof(...steps);
const resettingAction: fc.Arbitrary<Action> = fc.oneof(...steps, resetStep);
const httpAction: fc.Arbitrary<Action> = fc.oneof(
  ...steps,
  resetStep,
  step(8, fc.record({ do: fc.constant("post" as const), fault: postFault })),
);

/** Somebody who sees what a page gets and does. */
export interface Witness {
  readonly wiretap: (transport: TransportFactory) => TransportFactory;
  reloaded(): void;
  /** The main session is open, and nothing happens any more. */
  atRest(messages: readonly Message[]): void;
}

/** A trace, how far away the gateway is, how much its clock is set back now and then, and how long a page of history is. */
export interface Trace {
  readonly latencyMs: number;
  readonly setBackMs: number;
  readonly pageSize: number;
  readonly steps: readonly Action[];
}

/** A page that is longer than any trace. */
const WHOLE_HISTORY = 200;

/** So short that a trace has some. */
const SHORT_PAGE = 5;

function traceOf(any: fc.Arbitrary<Action>, pageSizes: readonly number[]): fc.Arbitrary<Trace> {
  return fc.record({
    latencyMs: fc.constantFrom(0, 0, 20, 150),
    setBackMs: fc.constantFrom(0, 0, 20, 500),
    pageSize: fc.constantFrom(...pageSizes),
    steps: fc.array(any, { minLength: 3, maxLength: 25 }),
  });
}

const ANY_PAGE = [WHOLE_HISTORY, WHOLE_HISTORY, SHORT_PAGE];

export const trace = traceOf(resettingAction, ANY_PAGE);
/** All that there is comes in one page. */
export const wholeTrace = traceOf(action, [WHOLE_HISTORY]);
/** Pages are so short that what is shown comes from several. */
export const pagedTrace = traceOf(resettingAction, [SHORT_PAGE]);
/** With posts that are lost, held or late besides. */
export const httpTrace = traceOf(httpAction, ANY_PAGE);

/** What a trace has done so far, and what of it may not be seen again. */
interface Course {
  readonly rig: ChatRig;
  /** The way, where it is plain HTTP. */
  readonly http: ClockHttp | null;
  /** Own sends by identity. */
  readonly sends: Map<string, string>;
  /** Sends that the person took back or stopped: the gateway need not have them. */
  readonly withdrawn: Set<string>;
  /** Texts that the person sent once more: the gateway may have had them before. */
  readonly repeated: string[];
  /** What the gateway had kept of sessions that were emptied. */
  readonly emptied: string[];
  token: string;
  deaths: number;
}

function abort({ rig, withdrawn }: Course): Promise<void> {
  const { runs, outbox } = rig.chat.getState();
  for (const { runId } of runs) withdrawn.add(runId);
  for (const { sendId } of outbox) withdrawn.add(sendId);
  rig.chat.actions.abort().catch(() => {});
  return rig.clock.advanceAsync(50);
}

/** Sends again what the gateway may not have, or did not answer. */
function retry({ rig, sends, repeated }: Course): void {
  const message = rig
    .messages()
    .find(
      ({ status, error }) => status === "unconfirmed" || status === "failed" || error?.kind === "interrupted",
    );
  const text = sends.get(message?.sendId ?? "");
  if (message?.sendId === undefined || text === undefined) return;
  repeated.push(text);
  const former = new Set(rig.messages().map(({ sendId }) => sendId));
  rig.chat.actions.retry(message.sendId);
  // Asked anew it goes by another name.
  for (const { sendId } of rig.chat.getState().outbox) if (!former.has(sendId)) sends.set(sendId, text);
}

/** What was said in the open session so far is gone, as far as the gateway is reached. */
function reset({ rig, sends, withdrawn, emptied }: Course): Promise<void> {
  const { sessionKey } = rig.chat.getState();
  emptied.push(...gatewayTexts(rig.gateway, sessionKey));
  const texts = new Set(rig.gateway.transcript(sessionKey).map(({ text }) => text));
  const shown = new Set(rig.messages().map(({ sendId }) => sendId));
  for (const [sendId, text] of sends) if (texts.has(text) || shown.has(sendId)) withdrawn.add(sendId);
  rig.chat.actions.resetSession().catch(() => {});
  return rig.clock.advanceAsync(50);
}

function discard({ rig, withdrawn }: Course): void {
  const entry = rig.chat.getState().outbox.find(({ state }) => state !== "sending" && state !== "acked");
  if (entry === undefined) return;
  withdrawn.add(entry.sendId);
  rig.chat.actions.discard(entry.sendId);
}

async function perform(course: Course, wanted: Action, index: number): Promise<void> {
  const { rig } = course;
  const { gateway, clock } = rig;
  switch (wanted.do) {
    case "send": {
      const text = `script${wanted.script} own${index}`;
      course.sends.set(rig.chat.actions.send(text), text);
      return;
    }
    case "foreign":
      if (gateway.status === "up")
        gateway.receiveMessage(wanted.elsewhere ? OTHER : SESSION, `script${wanted.script} foreign${index}`);
      return;
    case "wait":
      return clock.advanceAsync(wanted.ms);
    case "drop":
      return gateway.dropAll();
    case "freeze":
      return gateway.freezeAll();
    case "restart":
      if (gateway.status !== "up") return;
      course.deaths += 1;
      return gateway.restart({ downMs: wanted.downMs });
    case "kill":
      if (gateway.status !== "up") return;
      course.deaths += 1;
      gateway.kill();
      clock.setTimeout(() => gateway.status === "down" && gateway.start(), wanted.downMs);
      return;
    case "skip":
      gateway.inject({ match: { event: "chat" }, type: "skip" });
      return;
    case "duplicate":
      gateway.inject({ match: { event: "chat" }, type: "duplicate" });
      return;
    case "delay":
      gateway.inject({ match: { event: "chat" }, type: "delay", ms: wanted.ms });
      return;
    case "overtake": {
      const isAnswer = (frame: object) => "type" in frame && frame.type === "res";
      gateway.inject({ match: { where: isAnswer }, type: "delay", ms: wanted.ms, overtaking: true });
      return;
    }
    case "slow":
      return gateway.slow("chat.history", wanted.ms);
    case "abort":
      return abort(course);
    case "reset":
      return reset(course);
    case "retry":
      return retry(course);
    case "discard":
      return discard(course);
    case "reload":
      rig.reload();
      return;
    case "switch": {
      const { sessionKey } = rig.chat.getState();
      return rig.chat.actions.switchSession(sessionKey === SESSION ? OTHER : SESSION);
    }
    case "older":
      rig.chat.actions.loadOlder().catch(() => {});
      return clock.advanceAsync(50);
    case "post":
      return course.http?.fail(wanted.fault);
    case "hide":
      rig.world.hide();
      await clock.advanceAsync(wanted.ms);
      return rig.world.show();
    case "expire":
      course.token = `token-${index}`;
      return gateway.rotateToken(course.token, { disconnect: wanted.disconnect });
    default:
      return rig.world.wake();
  }
}

function gatewayTexts(gateway: FakeGateway, sessionKey: string): string[] {
  return gateway
    .transcript(sessionKey)
    .filter(({ role, row }) => (role === "user" || role === "assistant") && !("provenance" in row))
    .flatMap(({ role, text }) => (text === "" ? [] : `${role}: ${text}`));
}

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
function watch(rig: ChatRig, problems: string[], { pageSize, calls, emptied }: Watched): () => void {
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
async function compare(rig: ChatRig, sessionKey: string): Promise<Message[]> {
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
function checkSends({ rig, sends, withdrawn, repeated, deaths }: Course, shown: readonly Message[]): void {
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

/** Plays a trace, heals everything, and checks what must hold at the end. */
export async function runTrace(
  protocol: 3 | 4,
  { latencyMs, setBackMs, pageSize, steps }: Trace,
  { witness, over = "socket" }: { readonly witness?: Witness; readonly over?: "socket" | "http" } = {},
): Promise<void> {
  const course = {
    sends: new Map(),
    withdrawn: new Set<string>(),
    repeated: [],
    emptied: [],
    token: "test-token",
    deaths: 0,
  };
  let http: ClockHttp | null = null;
  const overHttp = (_socket: TransportFactory, gateway: FakeGateway) => {
    http ??= clockHttp(gateway, latencyMs);
    return httpTransport({ fetch: http.fetch });
  };
  const wiretap = over === "http" ? overHttp : witness?.wiretap;
  const calls = new Map<string, number>();
  const scopes = steps.some((step) => step.do === "reset") ? ADMIN : undefined;
  const chatOptions = {
    authToken: () => token(),
    storageScope: "person",
    historyPageSize: pageSize,
    ...(scopes && { scopes }),
  };
  const rig = chatRig({ protocol, model: modelOf(calls), setBackMs }, chatOptions, { latencyMs }, wiretap);
  const token = () => whole.token;
  const whole: Course = Object.assign(course, { rig, http });
  const problems: string[] = [];
  let unwatch = watch(rig, problems, { pageSize, calls, emptied: whole.emptied });
  for (const [index, wanted] of steps.entries()) {
    await perform(whole, wanted, index);
    if (wanted.do === "reload") {
      witness?.reloaded();
      unwatch();
      unwatch = watch(rig, problems, { pageSize, calls, emptied: whole.emptied });
    }
  }
  rig.gateway.clearFaults();
  rig.gateway.slow("chat.history", 0);
  // Long enough for a frozen connection to be noticed.
  await rig.clock.advanceAsync(90_000);
  if (rig.gateway.status === "down") rig.gateway.start();
  // Whose fresh token was refused, too, waits for the person.
  if (rig.chat.getState().connection.status === "failed") rig.chat.actions.reconnect();
  const main = await compare(rig, SESSION);
  witness?.atRest(main);
  const shown = [...main, ...(await compare(rig, OTHER))];
  checkSends(whole, shown);
  expect(problems).toEqual([]);
  rig.chat.dispose();
  rig.gateway.close();
  await rig.clock.advanceAsync(5_000);
  expect(rig.clock.pending(), "timers left").toBe(0);
}
