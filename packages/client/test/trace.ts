import { say, think, tool, words, type FakeGateway, type Model, type Step } from "@automna/testing";
import fc from "fast-check";
import { expect } from "vitest";

import { selectMessages } from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

/** One step of a trace. */
export type Action =
  | { do: "send"; script: number }
  | { do: "wait"; ms: number }
  | { do: "drop" }
  | { do: "freeze" }
  | { do: "restart"; downMs: number }
  | { do: "kill"; downMs: number }
  | { do: "skip" }
  | { do: "duplicate" }
  | { do: "delay"; ms: number }
  | { do: "slow"; ms: number }
  | { do: "abort" }
  | { do: "reload" }
  | { do: "wake" }
  | { do: "foreign"; script: number };

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
];

const model: Model = ({ message }) => {
  const [, script, name] = /script(\d+) (\S+)/.exec(message) ?? [];
  return SCRIPTS[Number(script ?? 1)]?.(name ?? "nobody") ?? [];
};

/** Version 3 tells boots apart by their start, to two seconds. */
const downMs = fc.integer({ min: 2_500, max: 6_000 });

/** Any step. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("send" as const), script: fc.nat(SCRIPTS.length - 1) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2_500) }) },
  { weight: 2, arbitrary: fc.constant({ do: "drop" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "freeze" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), downMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), downMs }) },
  { weight: 2, arbitrary: fc.constant({ do: "skip" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "duplicate" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delay" as const), ms: fc.nat(2_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("slow" as const), ms: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.constant({ do: "abort" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "reload" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "wake" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("foreign" as const), script: fc.nat(1) }) },
);

async function perform(rig: ChatRig, step: Action, index: number): Promise<void> {
  const { gateway, clock } = rig;
  switch (step.do) {
    case "send":
      rig.chat.actions.send(`script${step.script} own${index}`);
      return;
    case "foreign":
      if (gateway.status === "up") gateway.receiveMessage(SESSION, `script${step.script} foreign${index}`);
      return;
    case "wait":
      return clock.advanceAsync(step.ms);
    case "drop":
      return gateway.dropAll();
    case "freeze":
      return gateway.freezeAll();
    case "restart":
      if (gateway.status === "up") gateway.restart({ downMs: step.downMs });
      return;
    case "kill":
      if (gateway.status !== "up") return;
      gateway.kill();
      clock.setTimeout(() => gateway.status === "down" && gateway.start(), step.downMs);
      return;
    case "skip":
      gateway.inject({ match: { event: "chat" }, type: "skip" });
      return;
    case "duplicate":
      gateway.inject({ match: { event: "chat" }, type: "duplicate" });
      return;
    case "delay":
      gateway.inject({ match: { event: "chat" }, type: "delay", ms: step.ms });
      return;
    case "slow":
      return gateway.slow("chat.history", step.ms);
    case "abort":
      await Promise.race([rig.chat.actions.abort().catch(() => {}), clock.advanceAsync(50)]);
      return;
    case "reload":
      rig.reload();
      return;
    default:
      return rig.world.wake();
  }
}

function gatewayTexts(gateway: FakeGateway): string[] {
  return gateway
    .transcript(SESSION)
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

/** What must hold at every single moment, whatever happened before. */
function watch(rig: ChatRig, problems: string[]): () => void {
  return rig.chat.subscribe((state) => {
    const { order } = state.transcript;
    if (new Set(order).size !== order.length) problems.push(`a message is shown twice: ${order.join(", ")}`);
    if (selectMessages(state).length !== order.length)
      problems.push("the order names a message that is not there");
  });
}

/** Plays a trace, heals everything, and checks what must hold at the end. */
export async function runTrace(protocol: 3 | 4, trace: readonly Action[]): Promise<void> {
  const rig = chatRig({ protocol, model });
  const problems: string[] = [];
  let unwatch = watch(rig, problems);
  for (const [index, step] of trace.entries()) {
    await perform(rig, step, index);
    if (step.do === "reload") {
      unwatch();
      unwatch = watch(rig, problems);
    }
  }
  rig.gateway.clearFaults();
  rig.gateway.slow("chat.history", 0);
  // Long enough for a frozen connection to be noticed.
  await rig.clock.advanceAsync(90_000);
  if (rig.gateway.status === "down") rig.gateway.start();
  expect(await rig.quiet(900_000), "the chat comes to rest").toBe(true);
  await rig.clock.advanceAsync(5_000);
  expect(clientTexts(rig)).toEqual(gatewayTexts(rig.gateway));
  expect(problems).toEqual([]);
  rig.chat.dispose();
  rig.gateway.close();
  await rig.clock.advanceAsync(5_000);
  expect(rig.clock.pending(), "timers left").toBe(0);
}
