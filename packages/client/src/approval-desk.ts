import {
  approvalList,
  approvalResolve,
  parseApprovalEvent,
  parseApprovalList,
  type Approval as WireApproval,
  type ApprovalEventName,
  type ApprovalKind,
  type EventFrame,
} from "@automna/protocol";

import { requestOver, type ChatContext } from "./chat-context.ts";
import type { Approval, ApprovalDecision } from "./chat-state.ts";
import type { Stop } from "./environment.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";
import { untilNextExpiry } from "./waiting-list.ts";

const EVENTS: readonly string[] = [
  "exec.approval.requested",
  "exec.approval.resolved",
  "plugin.approval.requested",
  "plugin.approval.resolved",
  "session.approval",
] satisfies ApprovalEventName[];

function isApprovalEvent(event: string): event is ApprovalEventName {
  return EVENTS.includes(event);
}

function toApproval(approval: WireApproval): Approval {
  const { id, kind, sessionKey, title, description, detail, warning } = approval;
  return {
    id,
    kind: kind === "exec" ? "exec" : "plugin",
    sessionKey: sessionKey ?? null,
    title,
    command: kind === "exec" ? title : null,
    detail: detail ?? description ?? warning ?? null,
    createdAt: approval.createdAtMs ?? 0,
    expiresAt: approval.expiresAtMs ?? null,
    state: "pending",
  };
}

/** What the agent may not do without a person: asked for live, and read again after every connect. */
export class ApprovalDesk {
  readonly #context: ChatContext;
  #stopTimer: Stop = () => {};

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** Reads what waits already; whatever was answered meanwhile goes. */
  async connected(): Promise<void> {
    const { gateway } = this.#context;
    if (gateway === null || this.#context.read().capabilities?.canApprove !== true) return;
    const lists = await Promise.all(
      (["exec", "plugin"] as const).map(async (kind): Promise<Approval[]> => {
        const call = approvalList(gateway.dialect.protocol, kind);
        if (call === null) return [];
        try {
          return valueOf(parseApprovalList(await requestOver(this.#context, call), kind), call.method).map(
            toApproval,
          );
        } catch {
          // Live requests still arrive without the list.
          return [];
        }
      }),
    );
    if (this.#context.gateway !== gateway) return;
    this.#show(lists.flat());
  }

  /** An event of any kind. */
  event(frame: EventFrame): void {
    if (!isApprovalEvent(frame.event)) return;
    const parsed = parseApprovalEvent(frame.event, frame.payload);
    if (!parsed.ok) return;
    const others = this.#without(
      parsed.value.phase === "requested" ? parsed.value.approval.id : parsed.value.id,
    );
    this.#show(parsed.value.phase === "requested" ? [...others, toApproval(parsed.value.approval)] : others);
  }

  /** Answers one. It leaves the list when the gateway has taken the answer. */
  async resolve(id: string, decision: ApprovalDecision): Promise<void> {
    const { gateway } = this.#context;
    const approval = this.#context.read().approvals.find((candidate) => candidate.id === id);
    if (approval === undefined || gateway === null) return;
    const kind: ApprovalKind = approval.kind;
    const call = approvalResolve(gateway.dialect.protocol, kind, id, decision);
    if (call === null) throw new UnsupportedError("This gateway cannot take answers to plugin approvals.");
    this.#show([...this.#without(id), { ...approval, state: "resolving" }]);
    try {
      await requestOver(this.#context, call);
      this.#show(this.#without(id));
    } catch (error) {
      this.#show([...this.#without(id), approval]);
      throw error;
    }
  }

  stop(): void {
    this.#stopTimer();
  }

  #without(id: string): readonly Approval[] {
    return this.#context.read().approvals.filter((approval) => approval.id !== id);
  }

  #show(approvals: readonly Approval[]): void {
    this.#stopTimer();
    const { current, stop } = untilNextExpiry(approvals, this.#context.environment, () =>
      this.#show(this.#context.read().approvals),
    );
    this.#stopTimer = stop;
    this.#context.patch({ approvals: current });
  }
}
