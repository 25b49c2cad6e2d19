import {
  approvalList,
  approvalResolve,
  parseApprovalEvent,
  parseApprovalList,
  type Approval as WireApproval,
  type ApprovalEventName,
  type EventFrame,
} from "@automna/protocol";

import { gatewayFor, requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { Approval, ApprovalDecision } from "./chat-state.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";
import { WaitingList } from "./waiting-list.ts";
import { ownTimes } from "./waiting-times.ts";

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

/** What the agent may not do without a person: asked for live, and read again after every connect. */
export class ApprovalDesk {
  readonly #context: ChatContext;
  readonly #waiting: WaitingList<Approval>;
  /** Those that the gateway's own agent asks for; they are answered by a method of their own. */
  readonly #ofGateway = new Set<string>();

  constructor(context: ChatContext) {
    this.#context = context;
    this.#waiting = new WaitingList(
      context.environment,
      () => context.read().approvals,
      (approvals) => context.patch({ approvals }),
    );
  }

  /** Reads what waits already; whatever was answered meanwhile goes. */
  connected(): void {
    const { gateway } = this.#context;
    if (gateway === null) return;
    for (const kind of ["exec", "plugin"] as const) {
      const isOfList = (approval: Approval) => approval.kind === kind && !this.#ofGateway.has(approval.id);
      void this.#waiting.refresh(() => this.#list(gateway, kind), isOfList);
    }
  }

  /** What waits, or `null` where the gateway cannot say. */
  async #list(gateway: LiveGateway, kind: "exec" | "plugin"): Promise<readonly Approval[] | null> {
    const call = approvalList(gateway.dialect.protocol, kind);
    if (call === null || this.#context.read().capabilities?.canApprove !== true) return null;
    const listed = valueOf(parseApprovalList(await requestOver(this.#context, call), kind), call.method);
    return this.#context.gateway === gateway
      ? listed.map((approval) => this.#toApproval(approval, true))
      : null;
  }

  /** An event of any kind. */
  event(frame: EventFrame): void {
    if (!isApprovalEvent(frame.event)) return;
    const parsed = parseApprovalEvent(frame.event, frame.payload);
    if (!parsed.ok) return;
    if (parsed.value.phase === "requested") this.#waiting.add(this.#toApproval(parsed.value.approval, false));
    else this.#waiting.remove(parsed.value.id);
  }

  /** Answers one. @throws {ConnectionLostError | NoLongerWaitingError | UnsupportedError} */
  async resolve(id: string, decision: ApprovalDecision): Promise<void> {
    const { dialect } = gatewayFor("approval.resolve", this.#context);
    await this.#waiting.answer(id, ({ kind: shownKind }) => {
      const kind = this.#ofGateway.has(id) ? "system-agent" : shownKind;
      const call = approvalResolve(dialect.protocol, kind, id, decision);
      if (call === null) throw new UnsupportedError("This gateway cannot take answers to plugin approvals.");
      return requestOver(this.#context, call);
    });
  }

  stop(): void {
    this.#waiting.stop();
  }

  #toApproval(approval: WireApproval, isListed: boolean): Approval {
    const { id, kind, sessionKey, title, description, detail, warning, cwd, host } = approval;
    if (kind === "system-agent") this.#ofGateway.add(id);
    return {
      id,
      kind: kind === "exec" ? "exec" : "plugin",
      sessionKey: sessionKey ?? null,
      title,
      command: kind === "exec" ? title : null,
      detail: [description, detail].filter(Boolean).join("\n") || null,
      warning: warning ?? null,
      cwd: cwd ?? null,
      host: host ?? null,
      allowedDecisions: approval.allowedDecisions,
      ...ownTimes(approval, this.#context, isListed),
      state: "pending",
    };
  }
}
