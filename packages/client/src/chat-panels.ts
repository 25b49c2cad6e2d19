import type { EventFrame } from "@automna/protocol";

import { ApprovalDesk } from "./approval-desk.ts";
import { listCommands, listModels, loadArtifact, loadUsage } from "./catalogue.ts";
import type { ChatContext } from "./chat-context.ts";
import type { ArtifactLink, ModelChoice, SlashCommand, UsageReport } from "./chat-state.ts";
import { QuestionDesk } from "./question-desk.ts";
import type { ReadMarks } from "./read-marks.ts";
import { SessionDirectory } from "./session-directory.ts";

/** What stands beside the conversation: the sessions, and what the agent asks of a person. */
export class ChatPanels {
  readonly directory: SessionDirectory;
  readonly approvals: ApprovalDesk;
  readonly questions: QuestionDesk;
  readonly #context: ChatContext;

  constructor(context: ChatContext, marks: ReadMarks) {
    this.#context = context;
    this.directory = new SessionDirectory(context, marks);
    this.approvals = new ApprovalDesk(context);
    this.questions = new QuestionDesk(context);
  }

  /** A connection is there. */
  connected(): void {
    this.directory.connected();
    this.approvals.connected();
    this.questions.connected();
  }

  /** Events were lost. */
  missed(): void {
    this.directory.changed();
    this.approvals.connected();
    this.questions.connected();
  }

  event(frame: EventFrame): void {
    this.approvals.event(frame);
    this.questions.event(frame);
  }

  models(): Promise<readonly ModelChoice[]> {
    return listModels(this.#context);
  }

  commands(sessionKey: string): Promise<readonly SlashCommand[]> {
    return listCommands(this.#context, sessionKey);
  }

  usage(days?: number): Promise<UsageReport> {
    return loadUsage(this.#context, days);
  }

  artifact(sessionKey: string, artifactId: string): Promise<ArtifactLink> {
    return loadArtifact(this.#context, sessionKey, artifactId);
  }

  stop(): void {
    this.directory.stop();
    this.approvals.stop();
    this.questions.stop();
  }
}
