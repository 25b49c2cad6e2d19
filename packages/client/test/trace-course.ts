import type { FakeGateway } from "@automna/testing";

import { SESSION, type ChatRig } from "./chat-rig.ts";
import type { ClockHttp } from "./clock-http.ts";
import type { Action } from "./trace-steps.ts";

export const OTHER = "agent:main:other";

/** What a trace has done so far, and what of it may not be seen again. */
export interface Course {
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

export async function perform(course: Course, wanted: Action, index: number): Promise<void> {
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

export function gatewayTexts(gateway: FakeGateway, sessionKey: string): string[] {
  return gateway
    .transcript(sessionKey)
    .filter(({ role, row }) => (role === "user" || role === "assistant") && !("provenance" in row))
    .flatMap(({ role, text }) => (text === "" ? [] : `${role}: ${text}`));
}
