import {
  parseQuestion,
  parseQuestionList,
  questionAnswer,
  questionCancel,
  questionList,
  type Call,
  type EventFrame,
  type ProtocolVersion,
  type QuestionRequest as WireQuestion,
} from "@automna/protocol";

import { gatewayFor, requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { QuestionAnswers, QuestionRequest } from "./chat-state.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";
import { WaitingList } from "./waiting-list.ts";
import { ownTimes } from "./waiting-times.ts";

/** What the agent asks a person: told live, and read again after every connect. */
export class QuestionDesk {
  readonly #context: ChatContext;
  readonly #waiting: WaitingList<QuestionRequest>;

  constructor(context: ChatContext) {
    this.#context = context;
    this.#waiting = new WaitingList(
      context.environment,
      () => context.read().questions,
      (questions) => context.patch({ questions }),
    );
  }

  /** Reads what waits already; whatever was answered meanwhile goes. */
  connected(): void {
    const { gateway } = this.#context;
    if (gateway === null) return;
    void this.#waiting.refresh(
      () => this.#list(gateway),
      () => true,
    );
  }

  async #list(gateway: LiveGateway): Promise<readonly QuestionRequest[] | null> {
    const call = questionList(gateway.dialect.protocol);
    if (call === null || this.#context.read().capabilities?.canAnswer !== true) return null;
    const listed = valueOf(parseQuestionList(await requestOver(this.#context, call)), call.method);
    if (this.#context.gateway !== gateway) return null;
    return listed.filter(({ status }) => status === "pending").map((wire) => this.#toRequest(wire, true));
  }

  /** An event of any kind. */
  event({ event, payload }: EventFrame): void {
    if (event !== "question.requested" && event !== "question.resolved") return;
    const parsed = parseQuestion(payload);
    if (!parsed.ok) return;
    if (event === "question.requested") this.#waiting.add(this.#toRequest(parsed.value, false));
    else this.#waiting.remove(parsed.value.id);
  }

  answer(id: string, answers: QuestionAnswers): Promise<void> {
    const copy = Object.fromEntries(Object.entries(answers).map(([key, given]) => [key, [...given]]));
    return this.#resolve(id, (protocol) => questionAnswer(protocol, id, copy));
  }

  /** Lets the agent go on without an answer. */
  cancel(id: string): Promise<void> {
    return this.#resolve(id, (protocol) => questionCancel(protocol, id));
  }

  stop(): void {
    this.#waiting.stop();
  }

  /** @throws {ConnectionLostError | NoLongerWaitingError | UnsupportedError} */
  async #resolve(id: string, callOf: (protocol: ProtocolVersion) => Call | null): Promise<void> {
    const { dialect } = gatewayFor("question.resolve", this.#context);
    await this.#waiting.answer(id, () => {
      const call = callOf(dialect.protocol);
      if (call === null) throw new UnsupportedError("This gateway asks no questions.");
      return requestOver(this.#context, call);
    });
  }

  #toRequest(wire: WireQuestion, isListed: boolean): QuestionRequest {
    const { id, questions, sessionKey, runId } = wire;
    return {
      id,
      questions,
      sessionKey: sessionKey ?? null,
      runId: runId ?? null,
      ...ownTimes(wire, this.#context, isListed),
      state: "pending",
    };
  }
}
